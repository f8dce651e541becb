package io.github.agentresilience.chain.internal.route;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class PreferenceTests {

	private static final BreakerPolicy BREAKER = new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80,
			Duration.ofSeconds(10), 3);

	private final GuardedTarget<String, String> a = target("a", 3);

	private final GuardedTarget<String, String> b = target("b", 1);

	private final GuardedTarget<String, String> c = target("c", 0);

	private final AtomicInteger now = new AtomicInteger();

	private static GuardedTarget<String, String> target(String name, double weight) {
		return new GuardedTarget<>(ChainFixture.TestTarget.calling(name, (exchange) -> "fine"),
				CircuitBreaker.of(name, BREAKER.toConfig()),
				new TargetPolicy(ChainFixture.retry(1, Duration.ZERO, Duration.ZERO),
						TimeoutPolicy.of(Duration.ofSeconds(1)), new HedgePolicy(false, null), StreamCommit.FIRST_CHUNK,
						weight));
	}

	private List<String> order(Routing routing, Preference preference, List<GuardedTarget<String, String>> targets) {
		return Router
			.of(new ChainPolicy(Duration.ofSeconds(1), WhenAllOpen.FAIL_FAST, routing, 0), Member.listOf(targets),
					this.now::get, () -> 0.5)
			.order(false, preference, null)
			.stream()
			.map((member) -> member.target().name())
			.toList();
	}

	private List<String> order(Routing routing, Preference preference) {
		return order(routing, preference, List.of(this.a, this.b, this.c));
	}

	@ParameterizedTest
	@EnumSource
	void aPreferredTargetIsTriedFirst(Routing routing) {
		assertThat(order(routing, new Preference("c", null))).startsWith("c").containsExactlyInAnyOrder("a", "b", "c");
		assertThat(order(routing, new Preference("c", "c1"))).startsWith("c").containsExactlyInAnyOrder("a", "b", "c");
	}

	@Test
	void theOthersStayAsTheyWere() {
		assertThat(order(Routing.PRIORITY, new Preference("c", null))).containsExactly("c", "a", "b");
		assertThat(order(Routing.PRIORITY, new Preference("a", null))).containsExactly("a", "b", "c");
		assertThat(order(Routing.PRIORITY, new Preference("nobody", null))).containsExactly("a", "b", "c");
		assertThat(order(Routing.PRIORITY, new Preference(null, "c1"))).containsExactly("a", "b", "c");
	}

	@Test
	void aTargetThatMayNotBeAskedIsNotPreferred() {
		this.c.breaker().transitionToOpenState();
		assertThat(order(Routing.PRIORITY, new Preference("c", null))).containsExactly("a", "b", "c");
		this.c.breaker().transitionToClosedState();
		assertThat(order(Routing.PRIORITY, new Preference("c", null))).startsWith("c");
	}

	@Test
	void byWeightsTheSameTextDrawsTheSameOrder() {
		for (int i = 0; i < 100; i++) {
			Preference conversation = new Preference(null, "conversation " + i);
			assertThat(order(Routing.WEIGHTED, conversation)).isEqualTo(order(Routing.WEIGHTED, conversation))
				.endsWith("c");
		}
	}

	@Test
	void textsAreSharedByTheWeights() {
		Map<String, Long> first = IntStream.range(0, 4000)
			.mapToObj((i) -> order(Routing.WEIGHTED, new Preference(null, "user-" + i)).get(0))
			.collect(Collectors.groupingBy((name) -> name, Collectors.counting()));
		// 1,000 of 4,000 expected, with a standard deviation of 27
		assertThat(first.get("b")).isBetween(865L, 1135L);
	}

	@Test
	void aTargetThatComesMovesTextsToItselfOnly() {
		GuardedTarget<String, String> d = target("d", 1);
		for (int i = 0; i < 500; i++) {
			Preference text = new Preference(null, "user-" + i);
			String before = order(Routing.WEIGHTED, text).get(0);
			String after = order(Routing.WEIGHTED, text, List.of(this.a, d, this.b)).get(0);
			assertThat(after).isIn(before, "d");
		}
	}

}
