package io.github.agentresilience.chain;

import java.util.List;

import reactor.core.publisher.Flux;

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

	private final ChainPolicy policy;

	private final long deadlineNanos;

	private final RetryBudget budget;

	private final FailureClassifier classifier;

	private final AnswerInspector<A> inspector;

	private final ChainListener[] listeners;

	private final ChainRuntime runtime;

	private final SyncExecution<Q, A> sync = new SyncExecution<>(this);

	private final StreamExecution<Q, A> streams = new StreamExecution<>(this);

	/**
	 * A chain over its targets.
	 * @param leg what all chains of the leg share
	 * @param name the chain's name
	 * @param targets the targets, the one to prefer first
	 * @param policy the rules of the chain as a whole
	 * @throws IllegalArgumentException when there is no target
	 */
	public TargetChain(Leg<A> leg, String name, List<GuardedTarget<Q, A>> targets, ChainPolicy policy) {
		if (targets.isEmpty()) {
			throw new IllegalArgumentException("The chain '" + name + "' has no target");
		}
		this.layer = leg.layer();
		this.name = name;
		this.targets = List.copyOf(targets);
		this.policy = policy;
		this.deadlineNanos = policy.deadline().toNanos();
		this.budget = leg.budget();
		this.classifier = leg.classifier();
		this.inspector = leg.inspector();
		this.listeners = leg.listeners()
			.stream()
			.map((listener) -> listener.forChain(this))
			.toArray(ChainListener[]::new);
		this.runtime = leg.runtime();
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

	/** The order in which a call tries the targets; other ways of routing belong here. */
	List<GuardedTarget<Q, A>> order() {
		return this.targets;
	}

	long deadlineNanos() {
		return this.deadlineNanos;
	}

	boolean triesLastTarget() {
		return this.policy.whenAllOpen() == ChainPolicy.WhenAllOpen.LAST_TARGET;
	}

	boolean holdsStreams() {
		return this.policy.streamCommit() == ChainPolicy.StreamCommit.COMPLETE;
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
