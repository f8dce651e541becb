package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Whatever is thrown while a call holds the only permission of a half-open breaker, the
 * next call gets one.
 */
class PermitReleaseTests extends ChainFixture {

	private static final BreakerPolicy ONE_TRIAL = new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80,
			Duration.ofSeconds(10), 1);

	private GuardedTarget<String, String> halfOpen(TestTarget target) {
		GuardedTarget<String, String> guarded = guard(target, retry(1, Duration.ZERO, Duration.ZERO),
				TimeoutPolicy.of(LONG), ONE_TRIAL);
		guarded.breaker().transitionToOpenState();
		guarded.breaker().transitionToHalfOpenState();
		return guarded;
	}

	private static RuntimeException thrown(String kind) {
		return switch (kind) {
			case "error" ->
				ChainTestErrors.<RuntimeException>sneaky(new NoClassDefFoundError("a class of the application's"));
			case "overflow" -> ChainTestErrors.<RuntimeException>sneaky(new StackOverflowError());
			default -> new IllegalStateException("no");
		};
	}

	private static void assertFree(GuardedTarget<String, String> target) {
		CircuitBreaker breaker = target.breaker();
		Awaitility.await()
			.until(() -> breaker.getState() != CircuitBreaker.State.HALF_OPEN || breaker.tryAcquirePermission());
	}

	private TargetChain<String, String> chain(GuardedTarget<String, String> target, AnswerInspector<String> inspector,
			Supplier<Failure> classifier) {
		ChainServices<String> services = new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> classifier.get(),
				inspector, this.budget, List.of());
		return new TargetChain<>(services, "test", List.of(target), new ChainPolicy(LONG, WhenAllOpen.FAIL_FAST));
	}

	private static void ask(boolean stream, Callable<?> call, Callable<?> streamed) {
		catchThrowable(() -> (stream ? streamed : call).call());
	}

	@ParameterizedTest
	@CsvSource({ "false, error", "false, overflow", "false, runtime", "true, error", "true, overflow",
			"true, runtime" })
	void whenTheTargetThrows(boolean stream, String kind) {
		GuardedTarget<String, String> target = halfOpen(TestTarget.calling("a", (exchange) -> {
			throw thrown(kind);
		}));
		TargetChain<String, String> chain = chain(policy(LONG), target);
		ask(stream, () -> chain.call("q", CallSpec.SCORED), () -> chain.stream("q", CallSpec.SCORED).blockLast(LONG));
		assertFree(target);
	}

	@ParameterizedTest
	@CsvSource({ "false, error", "false, overflow", "true, overflow", "true, runtime" })
	void whenTheClassifierThrows(boolean stream, String kind) {
		GuardedTarget<String, String> target = halfOpen(TestTarget.broken("a"));
		TargetChain<String, String> chain = chain(target, new AnswerInspector<>() {
		}, () -> {
			throw thrown(kind);
		});
		ask(stream, () -> chain.call("q", CallSpec.SCORED), () -> chain.stream("q", CallSpec.SCORED).blockLast(LONG));
		assertFree(target);
	}

	@ParameterizedTest
	@CsvSource({ "false, error", "false, overflow", "true, overflow", "true, runtime" })
	void whenTheInspectorThrows(boolean stream, String kind) {
		GuardedTarget<String, String> target = halfOpen(TestTarget.answering("a", "fine"));
		TargetChain<String, String> chain = chain(target, new AnswerInspector<>() {
			@Override
			public Failure judge(String answer) {
				throw thrown(kind);
			}
		}, ChainFixture::down);
		ask(stream, () -> chain.call("q", CallSpec.SCORED), () -> chain.stream("q", CallSpec.SCORED).blockLast(LONG));
		assertFree(target);
	}

	/** Whether a call may be made again is asked of code that is not the chain's. */
	@ParameterizedTest
	@CsvSource({ "false, error", "false, overflow", "true, overflow", "true, runtime" })
	void whenTheRuleOfReplayThrows(boolean stream, String kind) {
		GuardedTarget<String, String> target = halfOpen(TestTarget.broken("a"));
		TargetChain<String, String> chain = chain(policy(LONG), target);
		CallSpec spec = new CallSpec(true, null, null, false, true, () -> {
			throw thrown(kind);
		});
		ask(stream, () -> chain.call("q", spec), () -> chain.stream("q", spec).blockLast(LONG));
		assertFree(target);
	}

	@ParameterizedTest
	@CsvSource({ "false, error", "false, overflow", "true, overflow", "true, runtime" })
	void whenAListenerOfTheBreakerThrows(boolean stream, String kind) {
		GuardedTarget<String, String> target = halfOpen(TestTarget.answering("a", "fine"));
		target.breaker().getEventPublisher().onEvent((event) -> {
			throw thrown(kind);
		});
		TargetChain<String, String> chain = chain(policy(LONG), target);
		assertThat(stream ? chain.stream("q", CallSpec.SCORED).blockLast(LONG) : chain.call("q", CallSpec.SCORED))
			.isEqualTo("fine");
		assertFree(target);
	}

	/** A tool's error holds its permission until another target has answered. */
	@Test
	void whenTheVerdictOfAToolsErrorNeverComes() {
		GuardedTarget<String, String> first = halfOpen(TestTarget.answering("a", "the tool failed"));
		GuardedTarget<String, String> second = halfOpen(TestTarget.calling("b", (exchange) -> {
			throw thrown("overflow");
		}));
		ChainServices<String> services = new ChainServices<>(Layer.MCP, this.runtime, (thrown) -> down(),
				new AnswerInspector<>() {
					@Override
					public Failure judge(String answer) {
						return Failure.tool("the tool failed", new IllegalStateException());
					}
				}, this.budget, List.of());
		TargetChain<String, String> chain = new TargetChain<>(services, "test", List.of(first, second), policy(LONG));
		assertThat(catchThrowable(() -> chain.call("q", CallSpec.SCORED))).isInstanceOf(StackOverflowError.class);
		assertFree(first);
		assertFree(second);
	}

	private static final class ChainTestErrors {

		@SuppressWarnings("unchecked")
		static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
			throw (T) thrown;
		}

	}

}
