package io.github.agentresilience.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.failsafe.CircuitBreaker;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.Fallback;
import dev.failsafe.RetryPolicy;
import dev.failsafe.Timeout;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.engine.AnswerInspector;
import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.observation.internal.LogChainListener;
import io.github.agentresilience.observation.internal.MeterChainListener;
import io.github.agentresilience.observation.internal.ObservationChainListener;
import io.github.agentresilience.observation.internal.ResilienceMeters;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.TracingAwareMeterObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;

/**
 * What a call costs that needs nothing: a target that answers at once, on the caller's thread, with retry, breaker and
 * an armed timeout around it. Quote ratios of one run; absolute times are those of the machine.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CallBenchmark {

	private ChainRuntime runtime;

	private Target<String, String> target;

	private TargetChain<String, String> bare;

	private TargetChain<String, String> scored;

	private TargetChain<String, String> observed;

	private TargetChain<String, String> traced;

	private FailsafeExecutor<String> failsafe;

	private FailsafeExecutor<String> failsafeWithTimeout;

	@Setup
	public void setUp() {
		this.runtime = ChainRuntime.create();
		this.target = new NoOp();
		this.bare = chain(List.of());
		Scorecard scorecard = new Scorecard(Duration.ofMinutes(10), this.runtime.time());
		this.scored = chain(List.of(scorecard, new LogChainListener(this.runtime.time(), this.runtime.workers().of("log"))));
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		meters.config().meterFilter(ResilienceMeters.buckets());
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
		this.observed = chain(List.of(scorecard, new LogChainListener(this.runtime.time(), this.runtime.workers().of("log")), new MeterChainListener(meters),
				new ObservationChainListener(observations, new UnprotectedParts())));
		this.traced = chain(List.of(scorecard, new LogChainListener(this.runtime.time(), this.runtime.workers().of("log")), new MeterChainListener(meters),
				new ObservationChainListener(tracedObservations(meters), new UnprotectedParts())));
		RetryPolicy<String> retry = RetryPolicy.<String>builder().withMaxAttempts(2).build();
		CircuitBreaker<String> breaker = CircuitBreaker.<String>builder().withFailureThreshold(10, 20).build();
		Fallback<String> fallback = Fallback.of("fallback");
		this.failsafe = Failsafe.with(fallback, retry, breaker);
		this.failsafeWithTimeout = Failsafe.with(fallback, retry, breaker, Timeout.of(Duration.ofSeconds(60)));
	}

	/** What Boot sets up with a tracer, here one that samples nothing. */
	private static ObservationRegistry tracedObservations(SimpleMeterRegistry meters) {
		OtelCurrentTraceContext current = new OtelCurrentTraceContext();
		Tracer tracer = new OtelTracer(
				SdkTracerProvider.builder().setSampler(Sampler.alwaysOff()).build().get("benchmark"), current, (event) -> {
				});
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig()
			.observationHandler(new DefaultTracingObservationHandler(tracer))
			.observationHandler(
					new TracingAwareMeterObservationHandler<>(new DefaultMeterObservationHandler(meters), tracer));
		return observations;
	}

	private TargetChain<String, String> chain(List<ChainListener> listeners) {
		ChainServices<String> services = new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> Failure.ofTransient(0, "failed", thrown),
				new Anything(), new RetryBudget(0.2, this.runtime.clock()), listeners);
		List<GuardedTarget<String, String>> targets = new ArrayList<>();
		targets.add(new GuardedTarget<>(this.target,
				io.github.resilience4j.circuitbreaker.CircuitBreaker.of("a" + listeners.size(),
						BreakerPolicy.withSlowCall(Duration.ofSeconds(30)).toConfig()),
				io.github.agentresilience.chain.internal.policy.RetryPolicy.DEFAULT, TimeoutPolicy.of(Duration.ofSeconds(60))));
		return new TargetChain<>(services, "default", targets, new ChainPolicy(Duration.ofSeconds(120),
				WhenAllOpen.LAST_TARGET));
	}

	@TearDown
	public void tearDown() {
		this.runtime.close();
	}

	@Benchmark
	public String nothing() throws Exception {
		return this.target.call("x", null);
	}

	@Benchmark
	public String chain() {
		return this.bare.call("x", CallSpec.SCORED);
	}

	@Benchmark
	public String chainScored() {
		return this.scored.call("x", CallSpec.SCORED);
	}

	@Benchmark
	public String chainWithEverything() {
		return this.observed.call("x", CallSpec.SCORED);
	}

	@Benchmark
	public String chainWithEverythingAndTracesSampledAtZero() {
		return this.traced.call("x", CallSpec.SCORED);
	}

	@Benchmark
	public String failsafe() {
		return this.failsafe.get(() -> this.target.call("x", null));
	}

	@Benchmark
	public String failsafeWithTimeout() {
		return this.failsafeWithTimeout.get(() -> this.target.call("x", null));
	}

	private static final class NoOp implements Target<String, String> {

		@Override
		public String name() {
			return "a";
		}

		@Override
		public String call(String request, Exchange attempt) {
			return request;
		}

		@Override
		public Flux<String> stream(String request, Exchange attempt) {
			return Flux.just(request);
		}

		@Override
		public boolean cancellable() {
			return true;
		}

	}

	private static final class Anything implements AnswerInspector<String> {

		@Override
		public Failure judge(String answer) {
			return null;
		}

		@Override
		public boolean isOutput(String chunk) {
			return true;
		}

		@Override
		public String textOf(String chunk) {
			return chunk;
		}

	}

}
