package io.github.agentresilience.observation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.TargetChain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One structured line for each fallback, for the begin and end of each target's outage, and for each transition of a
 * breaker. A line of one kind about one target comes once in a while at most and then says how many it stands for. No
 * prompt and no key is in any of them.
 */
public final class LogChainListener implements ChainListener {

	private static final Logger logger = LoggerFactory.getLogger("io.github.agentresilience.events");

	private final LongSupplier nanoTime;

	private final Map<String, TargetLog> targets = new ConcurrentHashMap<>();

	private final Map<String, LogLimit> fallbacks = new ConcurrentHashMap<>();

	public LogChainListener() {
		this(System::nanoTime);
	}

	/**
	 * A listener.
	 * @param nanoTime the clock of the chains
	 */
	public LogChainListener(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	@Override
	public ChainListener forChain(TargetChain<?, ?> chain) {
		for (GuardedTarget<?, ?> target : chain.targets()) {
			TargetLog log = new TargetLog(logger, chain.layer().id(), target.name());
			if (this.targets.putIfAbsent(key(chain, target), log) == null) {
				target.breaker()
					.getEventPublisher()
					.onStateTransition((event) -> log.breaker(event.getStateTransition(), this.nanoTime.getAsLong()));
			}
		}
		return new OfChain(chain);
	}

	private static String key(TargetChain<?, ?> chain, GuardedTarget<?, ?> target) {
		return chain.layer().breakerId(target.name());
	}

	@Override
	public CallObserver callStarted(Call call) {
		return new CallObserver() {
		};
	}

	private final class OfChain implements ChainListener, CallObserver {

		private final String layer;

		private final TargetLog[] byPosition;

		private final LogLimit ofUsers;

		private final LogLimit ofProbes;

		OfChain(TargetChain<?, ?> chain) {
			this.layer = chain.layer().id();
			this.ofUsers = limit(chain.name());
			this.ofProbes = limit(chain.name() + ResilienceObservations.PROBE);
			this.byPosition = chain.targets()
				.stream()
				.map((target) -> LogChainListener.this.targets.get(key(chain, target)))
				.toArray(TargetLog[]::new);
		}

		private LogLimit limit(String chain) {
			return LogChainListener.this.fallbacks.computeIfAbsent(this.layer + " " + chain, (key) -> new LogLimit());
		}

		@Override
		public CallObserver callStarted(Call call) {
			return this;
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
			for (TargetLog target : this.byPosition) {
				if (target.hasUnsaidBreaker()) {
					target.sayBreaker(LogChainListener.this.nanoTime.getAsLong());
				}
			}
			Attempt served = call.served();
			if (served != null && served.isFallback()) {
				fallback(call, served);
			}
		}

		private void fallback(Call call, Attempt served) {
			LogLimit limit = call.isSynthetic() ? this.ofProbes : this.ofUsers;
			if (!limit.passes(call.endNanos())) {
				limit.leftOut();
				return;
			}
			String chain = ResilienceObservations.chainOf(call);
			logger.atWarn()
				.addKeyValue("event", "fallback")
				.addKeyValue("layer", this.layer)
				.addKeyValue("chain", chain)
				.addKeyValue("target", served.target())
				.addKeyValue("attempts", served.ordinal())
				.addKeyValue("unsaid", limit.unsaid())
				.log("The {} chain '{}' falls back on '{}'", this.layer, chain, served.target());
		}

	}

}
