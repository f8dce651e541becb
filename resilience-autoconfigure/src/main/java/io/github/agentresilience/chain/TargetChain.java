package io.github.agentresilience.chain;

import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * An ordered list of targets that is asked like one: the first that can answer does. Around each target stand retry,
 * a breaker and a timeout; around all of them, one deadline.
 *
 * @param <Q> the request
 * @param <A> the answer, or one chunk of a streamed one
 */
public final class TargetChain<Q, A> {

	private final Layer layer;

	private final String name;

	private final List<GuardedTarget<Q, A>> targets;

	private final Router<Q, A> router;

	private final ChainPolicy policy;

	private final @Nullable LastResort<Q, A> lastResort;

	private final boolean hedges;

	private final Allowance hedgeAllowance;

	private final long deadlineNanos;

	private final RetryBudget budget;

	private final FailureClassifier classifier;

	private final AnswerInspector<A> inspector;

	private final ChainListener[] listeners;

	private final ChainRuntime runtime;

	private final SyncExecution<Q, A> sync = new SyncExecution<>(this);

	private final StreamExecution<Q, A> streams = new StreamExecution<>(this);

	/** A chain over its targets that has no last resort. */
	public TargetChain(Leg<A> leg, String name, List<GuardedTarget<Q, A>> targets, ChainPolicy policy) {
		this(leg, name, targets, policy, null);
	}

	/**
	 * A chain over its targets.
	 * @param leg what all chains of the leg share
	 * @param name the chain's name
	 * @param targets the targets, the one to prefer first
	 * @param policy the rules of the chain as a whole
	 * @param lastResort asked when no target is left
	 * @throws IllegalArgumentException when there is no target
	 */
	public TargetChain(Leg<A> leg, String name, List<GuardedTarget<Q, A>> targets, ChainPolicy policy,
			@Nullable LastResort<Q, A> lastResort) {
		if (targets.isEmpty()) {
			throw new IllegalArgumentException("The chain '" + name + "' has no target");
		}
		this.layer = leg.layer();
		this.name = name;
		this.targets = List.copyOf(targets);
		this.policy = policy;
		this.lastResort = lastResort;
		this.hedges = this.targets.size() > 1 && policy.hedgeBudget() > 0
				&& this.targets.stream().anyMatch((target) -> target.hedge().enabled());
		this.hedgeAllowance = new Allowance(policy.hedgeBudget(), Defaults.MOST_HEDGES_SAVED, Defaults.HEDGES_IN_ADVANCE);
		this.deadlineNanos = policy.deadline().toNanos();
		this.budget = leg.budget();
		this.classifier = leg.classifier();
		this.inspector = leg.inspector();
		this.listeners = leg.listeners()
			.stream()
			.map((listener) -> listener.forChain(this))
			.toArray(ChainListener[]::new);
		this.runtime = leg.runtime();
		this.router = Router.of(policy.routing(), Member.listOf(this.targets), this.runtime);
		if (this.hedges || policy.routing() == ChainPolicy.Routing.LATENCY) {
			this.targets.forEach(GuardedTarget::measureLatency);
		}
	}

	/**
	 * Asks, on the calling thread.
	 * @param request what is asked
	 * @param spec what this call wants beyond the chain's policy
	 * @return the first good answer
	 * @throws ChainExhaustedException when no target answered in time
	 * @throws CallCancelledException when the thread was interrupted
	 * @throws RuntimeException the target's own, when it refused the request itself
	 */
	public A call(Q request, CallSpec spec) {
		return this.sync.call(request, spec);
	}

	/**
	 * Asks, as a stream; nothing happens before it is subscribed to.
	 * @param request what is asked
	 * @param spec what this call wants beyond the chain's policy
	 * @return the chunks of the first good answer. Errors are those of {@link #call}, and
	 * {@link StreamInterruptedException} when the stream broke after its first chunk
	 */
	public Flux<A> stream(Q request, CallSpec spec) {
		return this.streams.stream(request, spec);
	}

	public Layer layer() {
		return this.layer;
	}

	public String name() {
		return this.name;
	}

	/** The targets, the one to prefer first. */
	public List<GuardedTarget<Q, A>> targets() {
		return this.targets;
	}

	public ChainPolicy policy() {
		return this.policy;
	}

	/** Whether a call made now would find a target that it may ask. */
	public boolean available() {
		long now = this.runtime.nanoTime();
		for (GuardedTarget<Q, A> target : this.targets) {
			if (target.available(now)) {
				return true;
			}
		}
		return false;
	}

	/** Whether a call made now might ask the target in this place. */
	public boolean isAvailable(int position) {
		return this.targets.get(position).available(this.runtime.nanoTime());
	}

	ChainRun<Q, A> newRun(CallSpec spec, @Nullable ContextView streamContext) {
		if (!this.hedges || !spec.hedgeable()) {
			return new ChainRun<>(this, spec, streamContext);
		}
		this.hedgeAllowance.callStarted();
		return new HedgedRun<>(this, spec, streamContext);
	}

	Router<Q, A> router() {
		return this.router;
	}

	@Nullable LastResort<Q, A> lastResort() {
		return this.lastResort;
	}

	/** Whether a call that waits long for one of the targets asks another too. */
	public boolean hedges() {
		return this.hedges;
	}

	/** Bounds the share of the chain's calls that are hedged. */
	Allowance hedgeAllowance() {
		return this.hedgeAllowance;
	}

	long deadlineNanos() {
		return this.deadlineNanos;
	}

	boolean triesLastTarget() {
		return this.policy.whenAllOpen() == ChainPolicy.WhenAllOpen.LAST_TARGET;
	}

	RetryBudget budget() {
		return this.budget;
	}

	FailureClassifier classifier() {
		return this.classifier;
	}

	AnswerInspector<A> inspector() {
		return this.inspector;
	}

	ChainListener[] listeners() {
		return this.listeners;
	}

	ChainRuntime runtime() {
		return this.runtime;
	}

}
