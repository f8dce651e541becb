package io.github.agentresilience.observation.internal;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One structured line for each fallback, for each call that no target answered and for
 * each turn that exhausted its budget, for the begin and end of each target's outage, and
 * for each transition of a breaker. Lines of one kind about one thing are rate limited;
 * what comes too soon is written later, with the time at which it happened or with how
 * many it stands for, whether or not another call is made. No prompt and no key is in any
 * of them.
 */
public final class LogChainListener implements ChainListener, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger("io.github.agentresilience.events");

	private final LogPace pace;

	private final Map<String, TargetLog> targets = new ConcurrentHashMap<>();

	private final Map<String, BreakerLog> breakers = new ConcurrentHashMap<>();

	private final Map<String, CallLog> calls = new ConcurrentHashMap<>();

	/**
	 * A listener.
	 * @param time the time that the chains go by
	 * @param executor writes what is held back
	 */
	public LogChainListener(Time time, Executor executor) {
		this(LogPace.of(time, executor));
	}

	LogChainListener(LogPace pace) {
		this.pace = pace;
	}

	@Override
	public ChainListener forChain(Chain chain) {
		String layer = chain.layer().id();
		for (Chain.Link target : chain.targets()) {
			BreakerLog log = new BreakerLog(logger, layer, target.name(), this.pace);
			if (this.breakers.putIfAbsent(key(chain, target), log) == null) {
				target.breaker()
					.getEventPublisher()
					.onStateTransition(
							(event) -> log.changed(event.getStateTransition(), event.getCreationTime().toInstant()));
			}
		}
		return new OfChain(chain);
	}

	private static String key(Chain chain, Chain.Link target) {
		return chain.layer().breakerId(target.name());
	}

	@Override
	public CallObserver callStarted(Call call) {
		return new CallObserver() {
		};
	}

	/** Writes what is held back, since the timer ends. */
	@Override
	public void close() {
		this.targets.values().forEach((log) -> log.logHeld(true));
		this.breakers.values().forEach((log) -> log.logHeld(true));
		this.calls.values().forEach(CallLog::logHeld);
	}

	private final class OfChain implements ChainListener, CallObserver {

		private final TargetLog[] byPosition;

		private final CallLog ofUsers;

		private final CallLog ofProbes;

		OfChain(Chain chain) {
			String layer = chain.layer().id();
			LogPace pace = LogChainListener.this.pace;
			this.ofUsers = calls(layer, chain.name());
			this.ofProbes = calls(layer, chain.name() + ResilienceObservations.PROBE);
			this.byPosition = chain.targets()
				.stream()
				.map((target) -> LogChainListener.this.targets.computeIfAbsent(key(chain, target),
						(key) -> new TargetLog(logger, layer, target.name(), pace)))
				.toArray(TargetLog[]::new);
		}

		private CallLog calls(String layer, String chain) {
			return LogChainListener.this.calls.computeIfAbsent(layer + " " + chain,
					(key) -> new CallLog(layer, chain, LogChainListener.this.pace));
		}

		@Override
		public CallObserver callStarted(Call call) {
			return this;
		}

		@Override
		public void budgetExhausted(BudgetExhaustedException exhausted) {
			this.ofUsers.budgets.happened(exhausted);
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			Failure failure = attempt.failure();
			if (attempt.outcome() == Attempt.Outcome.SUCCESS) {
				this.byPosition[attempt.position()].answered(attempt);
			}
			else if (attempt.outcome() == Attempt.Outcome.FAILURE && failure != null
					&& failure.kind() != FailureKind.CALLER) {
				this.byPosition[attempt.position()].failed(attempt, failure);
			}
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			attemptEnded(attempt);
		}

		@Override
		public void callEnded(Call call) {
			Attempt served = call.served();
			boolean told = (served != null) ? served.isFallback()
					: call.outcome() == Call.Outcome.FAILED && (call.isScored() || call.isSynthetic());
			if (told) {
				(call.isSynthetic() ? this.ofProbes : this.ofUsers).ended(call, served);
			}
		}

	}

	/** The lines about the calls of one chain. */
	private static final class CallLog {

		private final String layer;

		private final String chain;

		private final PacedLine<Served> fallbacks;

		private final PacedLine<String> failures;

		private final PacedLine<BudgetExhaustedException> budgets;

		CallLog(String layer, String chain, LogPace pace) {
			this.layer = layer;
			this.chain = chain;
			this.fallbacks = new PacedLine<>(pace, this::fallback);
			this.failures = new PacedLine<>(pace, this::failed);
			this.budgets = new PacedLine<>(pace, this::exhausted);
		}

		void ended(Call call, @Nullable Attempt served) {
			if (served != null) {
				this.fallbacks.happened(new Served(served.target(), served.ordinal()));
				return;
			}
			String words = words(call.failure());
			if (words != null) {
				this.failures.happened(words);
			}
		}

		/**
		 * What the chain itself says; what a provider says of a request that it refuses
		 * is the caller's to log.
		 */
		private static @Nullable String words(@Nullable RuntimeException thrown) {
			boolean own = thrown instanceof ChainExhaustedException || thrown instanceof StreamInterruptedException
					|| thrown instanceof NotReplayedException;
			return (own && thrown != null) ? thrown.getMessage() : null;
		}

		private void fallback(Served served, long suppressed, @Nullable Instant at) {
			logger.atWarn()
				.addKeyValue("event", "fallback")
				.addKeyValue("layer", this.layer)
				.addKeyValue("chain", this.chain)
				.addKeyValue("target", served.target())
				.addKeyValue("attempts", served.attempts())
				.addKeyValue("suppressed", suppressed)
				.log("The {} chain '{}' falls back on '{}'{}", this.layer, this.chain, served.target(),
						since(suppressed, at));
		}

		private void failed(String words, long suppressed, @Nullable Instant at) {
			logger.atWarn()
				.addKeyValue("event", "call-failed")
				.addKeyValue("layer", this.layer)
				.addKeyValue("chain", this.chain)
				.addKeyValue("suppressed", suppressed)
				.log("A call failed{}: {}", since(suppressed, at), words);
		}

		private void exhausted(BudgetExhaustedException exhausted, long suppressed, @Nullable Instant at) {
			logger.atWarn()
				.addKeyValue("event", "turn-budget-exhausted")
				.addKeyValue("layer", this.layer)
				.addKeyValue("chain", this.chain)
				.addKeyValue("what", exhausted.what().id())
				.addKeyValue("suppressed", suppressed)
				.log("A turn ended{}: {}", since(suppressed, at), exhausted.getMessage());
		}

		private static String since(long suppressed, @Nullable Instant at) {
			String more = (suppressed > 0) ? " and " + suppressed + " more since the last line" : "";
			return (at != null || suppressed > 0) ? " (" + (at != null ? "at " + at : "") + more + ")" : "";
		}

		void logHeld() {
			this.fallbacks.logHeld(true);
			this.failures.logHeld(true);
			this.budgets.logHeld(true);
		}

	}

	/** Who answered, after how many attempts. */
	private record Served(String target, int attempts) {
	}

}
