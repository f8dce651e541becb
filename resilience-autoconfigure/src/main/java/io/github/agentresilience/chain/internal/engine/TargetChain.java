package io.github.agentresilience.chain.internal.engine;

import java.util.List;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.budget.TokenBucket;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.budget.TurnAccount;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.agentresilience.chain.internal.route.Router;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * An ordered list of targets that is asked like one: the first that can answer does.
 * Around each target stand retry, a breaker and a timeout; around all of them, one
 * deadline.
 *
 * @param <Q> the request
 * @param <A> the answer, or one chunk of a streamed one
 */
public final class TargetChain<Q, A> implements TimedChain {

	private final Layer layer;

	private final String name;

	private final List<GuardedTarget<Q, A>> targets;

	private final Router<Q, A> router;

	private final ChainPolicy policy;

	private final @Nullable LastResort<Q, A> lastResort;

	private final boolean hedges;

	/** Whether a retry may run beside an attempt that has had its time. */
	private final boolean backsUp;

	private final TokenBucket hedgeTokens;

	private final long deadlineNanos;

	private final RetryBudget budget;

	private final FailureClassifier classifier;

	private final AnswerInspector<A> inspector;

	private final @Nullable AnswerJudge<Q, A> judge;

	private final ChainListener[] listeners;

	private final ChainRuntime runtime;

	private final SyncExecution<Q, A> sync = new SyncExecution<>(this);

	private final StreamExecution<Q, A> streams = new StreamExecution<>(this);

	/** A chain over its targets that has no last resort. */
	public TargetChain(ChainServices<A> services, String name, List<GuardedTarget<Q, A>> targets, ChainPolicy policy) {
		this(services, name, targets, policy, null);
	}

	/** A chain that accepts every good answer. */
	public TargetChain(ChainServices<A> services, String name, List<GuardedTarget<Q, A>> targets, ChainPolicy policy,
			@Nullable LastResort<Q, A> lastResort) {
		this(services, name, targets, policy, lastResort, null);
	}

	/**
	 * A chain over its targets.
	 * @param services what all chains of the layer share
	 * @param name the chain's name
	 * @param targets the targets, the one to prefer first
	 * @param policy the rules of the chain as a whole
	 * @param lastResort asked when no target is left
	 * @param judge says which good answers are accepted, {@code null} for all
	 * @throws IllegalArgumentException when there is no target
	 */
	public TargetChain(ChainServices<A> services, String name, List<GuardedTarget<Q, A>> targets, ChainPolicy policy,
			@Nullable LastResort<Q, A> lastResort, @Nullable AnswerJudge<Q, A> judge) {
		if (targets.isEmpty()) {
			throw new IllegalArgumentException("The chain '" + name + "' has no target");
		}
		this.layer = services.layer();
		this.name = name;
		this.targets = List.copyOf(targets);
		this.policy = policy;
		this.lastResort = lastResort;
		this.hedges = this.targets.size() > 1 && policy.hedgeBudget() > 0
				&& this.targets.stream().anyMatch((target) -> target.hedge().enabled());
		this.backsUp = this.targets.stream().anyMatch((target) -> target.retry().maxAttempts() > 1);
		this.hedgeTokens = new TokenBucket(policy.hedgeBudget(), Defaults.MOST_HEDGES_SAVED,
				Defaults.HEDGES_IN_ADVANCE);
		this.deadlineNanos = Nanos.of(policy.deadline());
		this.budget = services.budget();
		this.classifier = services.classifier();
		this.inspector = services.inspector();
		this.judge = SafeJudge.of(judge);
		this.listeners = services.listeners()
			.stream()
			.map((listener) -> Observers.forChain(listener, this))
			.toArray(ChainListener[]::new);
		this.runtime = services.runtime();
		this.router = Router.of(policy, Member.listOf(this.targets), this.runtime.clock(), this.runtime.random());
		if (this.hedges || policy.routing() == Routing.LATENCY) {
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

	/**
	 * Asks as {@link #call} does, with the times of a call, but without a thread that
	 * waits: the answer comes when the time of the chain has come to it.
	 * @param request what is asked
	 * @param spec what this call wants beyond the chain's policy
	 * @return the first good answer
	 */
	public Flux<A> ask(Q request, CallSpec spec) {
		return this.streams.ask(request, spec);
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

	/**
	 * The turn that a call made now would be a part of, {@code null} for none.
	 * @param streamContext that of the subscriber, {@code null} where the call is no
	 * stream
	 */
	public @Nullable Turn turn(@Nullable ContextView streamContext) {
		return this.runtime.turn(streamContext);
	}

	/**
	 * The account of a turn that begins with a call of this chain.
	 * @param outer the turn that it is a part of, {@code null} for none
	 */
	public TurnAccount account(TurnBudget budget, @Nullable Turn outer) {
		return new TurnAccount(budget, this.name, (outer != null) ? outer.accountOfCalls() : null,
				this::budgetExhausted);
	}

	private void budgetExhausted(BudgetExhaustedException exhausted) {
		for (ChainListener listener : this.listeners) {
			try {
				listener.budgetExhausted(exhausted);
			}
			catch (Throwable ex) {
				ForeignCode.failed(listener, ex);
			}
		}
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
		return newRun(spec, streamContext, streamContext != null, false);
	}

	/**
	 * A call that begins.
	 * @param streaming whether its caller takes the answer as it comes
	 * @param wholeStream whether its answer is held back until it is whole
	 */
	ChainRun<Q, A> newRun(CallSpec spec, @Nullable ContextView streamContext, boolean streaming, boolean wholeStream) {
		if (this.hedges && spec.hedgeable()) {
			this.hedgeTokens.callStarted();
		}
		return new ChainRun<>(this, spec, streamContext, streaming, wholeStream);
	}

	/** Whether two attempts of the call may be in flight at once. */
	boolean mayAskTwice(CallSpec spec) {
		return spec.hedgeable() && (this.hedges || this.backsUp);
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
	TokenBucket hedgeTokens() {
		return this.hedgeTokens;
	}

	long deadlineNanos() {
		return this.deadlineNanos;
	}

	boolean triesLastTarget() {
		return this.policy.whenAllOpen() == WhenAllOpen.LAST_TARGET;
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

	/** Says which good answers are accepted, {@code null} where all are. */
	@Nullable AnswerJudge<Q, A> judge() {
		return this.judge;
	}

	ChainListener[] listeners() {
		return this.listeners;
	}

	ChainRuntime runtime() {
		return this.runtime;
	}

	@Override
	public Time time() {
		return this.runtime.time();
	}

}
