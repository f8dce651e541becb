package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.agentresilience.support.ManualTime;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;

/**
 * Instances that share what they know, in a time that stands still in between.
 */
abstract class FleetFixture extends ChainFixture {

	static final Duration OPEN_FOR = Duration.ofSeconds(10);

	final ManualTime time;

	final MemoryChannel.Store store;

	FleetFixture() {
		super(ManualTime.standing());
		this.time = (ManualTime) this.runtime.time();
		this.store = new MemoryChannel.Store(this.time);
	}

	Instance instance() {
		return new Instance(OPEN_FOR, Runnable::run);
	}

	void hears(String key, String value, Duration left) {
		new MemoryChannel(this.store)
			.tell(new FleetEntry("state", key, value, "other", this.time.nanos() / 1000 + 1 + left.toSeconds(), left));
	}

	/** An executor that does nothing until it is told to. */
	static final class Stalling implements Executor {

		private Runnable task = () -> {
		};

		@Override
		public void execute(Runnable task) {
			this.task = task;
		}

		void run() {
			this.task.run();
		}

	}

	/** One of them, with one target. */
	final class Instance {

		final GuardedTarget<String, String> target;

		final MemoryChannel channel = new MemoryChannel(FleetFixture.this.store);

		final Executor threads;

		final Fleet fleet;

		Instance(Duration openFor, Executor threads) {
			this(openFor, threads, State.CLOSED);
		}

		Instance(Duration openFor, Executor threads, State state) {
			BreakerPolicy policy = new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80, openFor, 2);
			this.target = new GuardedTarget<>(TestTarget.calling("a", (attempt) -> "here"),
					CircuitBreaker.of("a", policy.toConfig(FleetFixture.this.time)),
					retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(LONG));
			if (state == State.FORCED_OPEN) {
				this.target.breaker().transitionToForcedOpenState();
			}
			ChainRegistry registry = new ChainRegistry();
			registry.add(chain(policy(LONG), this.target));
			this.threads = threads;
			this.fleet = new Fleet("test", this.channel, null, Duration.ofMillis(20), registry, FleetFixture.this.time,
					threads);
			if (threads instanceof Stalling stalling) {
				this.fleet.start(0);
				stalling.run();
			}
			else {
				this.fleet.start(1);
			}
		}

		void fails(int times) {
			for (int i = 0; i < times; i++) {
				tries().failed(Failure.ofTransient(503, "503", new IllegalStateException()), 1);
			}
		}

		Permit tries() {
			return (this.target.admit(null, 0) instanceof Permit permit) ? permit : null;
		}

		State state() {
			return this.target.breaker().getState();
		}

		Duration waits() {
			return Duration.ofNanos(this.target.unavailableForNanos(FleetFixture.this.time.nanos()));
		}

		Duration cools() {
			return Duration.ofNanos(this.target.cooldownNanos(FleetFixture.this.time.nanos()));
		}

	}

}
