package io.github.agentresilience.chain.internal.route;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.support.ManualTime;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The threshold is a second. */
class ThresholdRouterTests {

	private final ManualTime time = ManualTime.standing();

	private final GuardedTarget<String, String> a = target("a");

	private final GuardedTarget<String, String> b = target("b");

	private final GuardedTarget<String, String> c = target("c");

	private final Router<String, String> router = new ThresholdRouter<>(Member.listOf(List.of(this.a, this.b, this.c)),
			TimeUnit.SECONDS.toNanos(1), this.time::nanos);

	private static GuardedTarget<String, String> target(String name) {
		GuardedTarget<String, String> target = new GuardedTarget<>(
				ChainFixture.TestTarget.calling(name, (exchange) -> "fine"),
				CircuitBreaker.of(name, BreakerPolicy.withSlowCall(Duration.ofSeconds(5)).toConfig()),
				ChainFixture.retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(Duration.ofSeconds(1)));
		target.measureLatency();
		return target;
	}

	private void answered(GuardedTarget<String, String> target, long millis) {
		for (int i = 0; i < 16; i++) {
			target.record(false, TimeUnit.MILLISECONDS.toNanos(millis), this.time.nanos());
		}
	}

	private List<String> order() {
		return order(false);
	}

	private List<String> order(boolean streaming) {
		return this.router.order(streaming, Preference.NONE, null)
			.stream()
			.map((member) -> member.target().name())
			.toList();
	}

	@Test
	void theOrderOfTheChainHoldsWhileTheFirstIsQuickEnough() {
		assertThat(order()).containsExactly("a", "b", "c");
		answered(this.a, 900);
		answered(this.b, 1);
		for (int i = 0; i < 100; i++) {
			assertThat(order()).containsExactly("a", "b", "c");
		}
	}

	@Test
	void theNextThatIsQuickEnoughIsPreferredToOneThatIsTooSlow() {
		answered(this.a, 2_000);
		assertThat(order()).containsExactly("b", "a", "c");
		answered(this.b, 3_000);
		assertThat(order()).containsExactly("c", "a", "b");
		assertThat(order(true)).as("nothing is known of its streams").containsExactly("a", "b", "c");
	}

	@Test
	void whereAllAreTooSlowTheQuickestIsPreferred() {
		answered(this.a, 3_000);
		answered(this.b, 2_000);
		answered(this.c, 4_000);
		assertThat(order()).containsExactly("b", "a", "c");
	}

	@Test
	void oneCallInTwentyLooksWhetherATargetThatWasTooSlowHasRecovered() {
		answered(this.a, 2_000);
		answered(this.b, 2_000);
		answered(this.c, 10);
		Set<String> explored = new HashSet<>();
		int elsewhere = 0;
		for (int i = 0; i < 40; i++) {
			this.time.advance(Duration.ofMillis(100));
			List<String> order = order();
			if (!order.get(0).equals("c")) {
				elsewhere++;
				explored.add(order.get(0));
				assertThat(order.get(1)).as("who answers where it fails").isEqualTo("c");
			}
		}
		assertThat(elsewhere).isEqualTo(2);
		assertThat(explored).containsExactlyInAnyOrder("a", "b");
		answered(this.a, 100);
		assertThat(order()).startsWith("a");
	}

	@Test
	void whatIsLongAgoIsForgotten() {
		answered(this.a, 2_000);
		assertThat(order()).startsWith("b");
		this.time.advance(Duration.ofSeconds(31));
		assertThat(order()).startsWith("a");
	}

}
