package io.github.agentresilience.observation;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.TargetChain;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One structured line for each fallback, for the begin and end of each target's outage, and for each transition of a
 * breaker. A line of one kind about one target comes once in a while at most and then says how many it stands for. No
 * prompt and no key is in any of them.
 */
public final class LogChainListener implements ChainListener {

	private static final Logger logger = LoggerFactory.getLogger("io.github.agentresilience.events");

	private static final Duration ONE_LINE_EVERY = Duration.ofSeconds(10);

	private final Map<String, Outage> outages = new ConcurrentHashMap<>();

	private final Map<String, Limit> limits = new ConcurrentHashMap<>();

	@Override
	public ChainListener forChain(TargetChain<?, ?> chain) {
		for (GuardedTarget<?, ?> target : chain.targets()) {
			String key = chain.layer().id() + "-" + target.name();
			if (this.outages.putIfAbsent(key, new Outage()) == null) {
				target.breaker()
					.getEventPublisher()
					.onStateTransition((event) -> breaker(chain, target.name(), event.getStateTransition()));
			}
		}
		return new OfChain(chain);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return new CallObserver() {
		};
	}

	private static void breaker(TargetChain<?, ?> chain, String target, CircuitBreaker.StateTransition transition) {
		logger.atWarn()
			.addKeyValue("event", "breaker")
			.addKeyValue("layer", chain.layer().id())
			.addKeyValue("target", target)
			.addKeyValue("from", transition.getFromState())
			.addKeyValue("to", transition.getToState())
			.log("The breaker of the {} target '{}' is {}", chain.layer().id(), target, transition.getToState());
	}

	private final class OfChain implements ChainListener, CallObserver {

		private final String layer;

		private final String chain;

		private final Outage[] byPosition;

		private final Limit fallbacks;

		OfChain(TargetChain<?, ?> chain) {
			this.layer = chain.layer().id();
			this.chain = chain.name();
			this.fallbacks = LogChainListener.this.limits.computeIfAbsent(this.layer + " " + this.chain,
					(key) -> new Limit());
			this.byPosition = chain.targets()
				.stream()
				.map((target) -> LogChainListener.this.outages.get(this.layer + "-" + target.name()))
				.toArray(Outage[]::new);
		}

		@Override
		public CallObserver callStarted(Call call) {
			return this;
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			Outage outage = this.byPosition[attempt.position()];
			Failure failure = attempt.failure();
			if (attempt.outcome() == Attempt.Outcome.SUCCESS) {
				if (outage.isOn()) {
					over(attempt, outage);
				}
			}
			else if (attempt.outcome() == Attempt.Outcome.FAILURE && failure != null
					&& failure.kind() != FailureKind.CALLER && outage.begins(attempt.endNanos())
					&& outage.limit.passes(attempt.endNanos())) {
				logger.atWarn()
					.addKeyValue("event", "outage-began")
					.addKeyValue("layer", this.layer)
					.addKeyValue("target", attempt.target())
					.addKeyValue("kind", failure.kind().id())
					.addKeyValue("status", failure.status())
					.log("The {} target '{}' fails: {}", this.layer, attempt.target(), failure.message());
			}
		}

		private void over(Attempt attempt, Outage outage) {
			long lasted = outage.ends(attempt.endNanos());
			if (lasted >= 0 && outage.limit.passed()) {
				logger.atInfo()
					.addKeyValue("event", "outage-ended")
					.addKeyValue("layer", this.layer)
					.addKeyValue("target", attempt.target())
					.addKeyValue("durationMs", Duration.ofNanos(lasted).toMillis())
					.log("The {} target '{}' answers again, after {} ms", this.layer, attempt.target(),
							Duration.ofNanos(lasted).toMillis());
			}
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			attemptEnded(attempt);
		}

		@Override
		public void callEnded(Call call) {
			Attempt served = call.served();
			if (served == null || !served.isFallback()) {
				return;
			}
			if (this.fallbacks.passes(call.endNanos())) {
				logger.atWarn()
					.addKeyValue("event", "fallback")
					.addKeyValue("layer", this.layer)
					.addKeyValue("chain", this.chain)
					.addKeyValue("target", served.target())
					.addKeyValue("attempts", served.ordinal())
					.addKeyValue("unsaid", this.fallbacks.unsaid())
					.log("The {} chain '{}' falls back on '{}'", this.layer, this.chain, served.target());
			}
		}

	}

	/** The outage of one target, if there is one. */
	private static final class Outage {

		private static final long NONE = Long.MIN_VALUE;

		private final AtomicLong since = new AtomicLong(NONE);

		private final Limit limit = new Limit();

		boolean isOn() {
			return this.since.get() != NONE;
		}

		boolean begins(long nanos) {
			return this.since.compareAndSet(NONE, nanos);
		}

		long ends(long nanos) {
			long began = this.since.getAndSet(NONE);
			return (began == NONE) ? -1 : nanos - began;
		}

	}

	/** Lets one line through in a while and counts the rest. */
	private static final class Limit {

		private static final long NEVER = Long.MIN_VALUE;

		private final AtomicLong last = new AtomicLong(NEVER);

		private final AtomicLong unsaid = new AtomicLong();

		private volatile boolean passed;

		boolean passes(long nanos) {
			long before = this.last.get();
			this.passed = (before == NEVER || nanos - before >= ONE_LINE_EVERY.toNanos())
					&& this.last.compareAndSet(before, nanos);
			if (!this.passed) {
				this.unsaid.incrementAndGet();
			}
			return this.passed;
		}

		/** Whether the last line was let through, so that its counterpart belongs to it. */
		boolean passed() {
			return this.passed;
		}

		long unsaid() {
			return this.unsaid.getAndSet(0);
		}

	}

}
