package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chain.internal.policy.TargetRules;
import io.github.agentresilience.chain.internal.time.VirtualTime;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedUsage;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Makes the calls of a recording once more, at the same moments of a virtual time, under
 * another policy. The chains, their rules, breakers and limits are those of the
 * application; the targets are simulated.
 */
final class Replay implements AutoCloseable {

	/** The same recording gives the same figures, each time. */
	private static final long SEED = 20_301;

	private static final int ROWS_PER_CALL = 16;

	private static final int MOST_ROWS = 512 * Rows.CHUNK;

	private static final Duration ALL = Duration.ofDays(366);

	private final Recording recording;

	private final CandidatePolicy policy;

	private final Random random = new Random(SEED);

	private final VirtualTime time;

	private final ChainRuntime runtime;

	private final Recorder recorder;

	private final Pasts pasts;

	private final Map<Layer, ChainServices<Simulated>> services = new EnumMap<>(Layer.class);

	private final Map<Layer, WaitingRoom> rooms = new EnumMap<>(Layer.class);

	private final Map<Layer, Map<String, GuardedTarget<RecordedCall, Simulated>>> targets = new EnumMap<>(Layer.class);

	private final Map<Integer, TargetChain<RecordedCall, Simulated>> chains = new HashMap<>();

	Replay(Recording recording, CandidatePolicy policy) {
		this.recording = recording;
		this.policy = policy;
		long start = recording.calls().isEmpty() ? recording.untilNanos() : recording.calls().get(0).startNanos();
		this.time = new VirtualTime(start, recording.until().minusNanos(recording.untilNanos() - start));
		this.runtime = new ChainRuntime(this.time, Workers.on(this.time), ContextCarrier.NONE, this.random::nextDouble);
		this.recorder = new Recorder(this.time,
				(int) Math.min(MOST_ROWS, Rows.CHUNK + (long) recording.calls().size() * ROWS_PER_CALL));
		this.pasts = new Pasts(recording, this.random);
	}

	/**
	 * Makes the calls.
	 * @param enough asked before each step whether there is no more time
	 * @return what was recorded of them
	 */
	Recording run(BooleanSupplier enough) {
		List<RecordedCall> calls = this.recording.calls();
		int next = 0;
		while (!enough.getAsBoolean()) {
			if (next < calls.size() && calls.get(next).startNanos() <= this.time.nextDueNanos()) {
				RecordedCall call = calls.get(next++);
				this.time.turnTo(call.startNanos());
				make(call);
			}
			else if (!this.time.runNext()) {
				break;
			}
		}
		return this.recorder.recording(ALL);
	}

	private void make(RecordedCall call) {
		TargetChain<RecordedCall, Simulated> chain = this.chains.computeIfAbsent(call.chain(), this::chain);
		CallSpec spec = CallSpec.SCORED;
		RecordedUsage usage = call.usage();
		if (usage != null) {
			spec = spec.taking(estimate(usage));
		}
		Flux<Simulated> answer = call.streaming() ? chain.stream(call, spec) : chain.ask(call, spec);
		Disposable subscription = answer.subscribe((chunk) -> {
		}, (failed) -> {
			// The recorder has heard of it
		});
		if (call.outcome() == Call.Outcome.CANCELLED && !subscription.isDisposed()) {
			this.time.schedule(subscription::dispose, call.durationMicros() * 1000L, this.time);
		}
	}

	private static TokenEstimate estimate(RecordedUsage usage) {
		return new TokenEstimate() {

			@Override
			public int input() {
				return usage.input();
			}

			@Override
			public int output(int position) {
				return usage.output();
			}

		};
	}

	private TargetChain<RecordedCall, Simulated> chain(int index) {
		RecordedChain recorded = this.recording.chains().get(index);
		Layer layer = recorded.layer();
		List<String> members = this.policy.targets(layer, recorded.name());
		return new TargetChain<>(this.services.computeIfAbsent(layer, this::services), recorded.name(),
				((members != null) ? members : recorded.targets()).stream().map((name) -> target(layer, name)).toList(),
				this.policy.chain(layer, recorded.name()), lastResort(index), Simulated.JUDGE);
	}

	/** One that has answered answers again. */
	private @Nullable LastResort<RecordedCall, Simulated> lastResort(int chain) {
		boolean answered = this.recording.calls()
			.stream()
			.anyMatch((call) -> call.chain() == chain && call.outcome() == Call.Outcome.DEGRADED);
		return answered ? (request, why) -> Simulated.GOOD : null;
	}

	private GuardedTarget<RecordedCall, Simulated> target(Layer layer, String name) {
		return this.targets.computeIfAbsent(layer, (key) -> new LinkedHashMap<>()).computeIfAbsent(name, (key) -> {
			TargetRules rules = this.policy.target(layer, name);
			return new GuardedTarget<>(new SimulatedTarget(layer, name, this.pasts, this.runtime.scheduler()),
					CircuitBreaker.of(layer.breakerId(name), rules.breaker().toConfig(this.time)), rules.policy(),
					Limits.of(rules.limits(), this.rooms.computeIfAbsent(layer,
							(of) -> new WaitingRoom(this.policy.queue(of), this.time))));
		});
	}

	private ChainServices<Simulated> services(Layer layer) {
		return new ChainServices<>(layer, this.runtime, Simulated.CLASSIFIER, Simulated.INSPECTOR,
				new RetryBudget(this.policy.retryBudget(layer), this.runtime.clock()), List.of(this.recorder));
	}

	/** What the attempts were taken from. */
	Pasts pasts() {
		return this.pasts;
	}

	@Override
	public void close() {
		this.runtime.close();
	}

}
