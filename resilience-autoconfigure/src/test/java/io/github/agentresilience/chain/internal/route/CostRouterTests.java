package io.github.agentresilience.chain.internal.route;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CostRouterTests {

	private static GuardedTarget<String, String> target(String name, Price price) {
		return new GuardedTarget<>(ChainFixture.TestTarget.calling(name, (exchange) -> "fine"),
				CircuitBreaker.of(name, BreakerPolicy.withSlowCall(Duration.ofSeconds(5)).toConfig()),
				new TargetPolicy(ChainFixture.retry(1, Duration.ZERO, Duration.ZERO),
						TimeoutPolicy.of(Duration.ofSeconds(1)), HedgePolicy.OFF, StreamCommit.FIRST_CHUNK, 1, price));
	}

	private static List<String> order(TokenEstimate tokens, List<GuardedTarget<String, String>> targets) {
		return new CostRouter<>(Member.listOf(targets)).order(false, Preference.NONE, tokens)
			.stream()
			.map((member) -> member.target().name())
			.toList();
	}

	private static TokenEstimate tokens(int input, int... outputs) {
		return new TokenEstimate() {

			@Override
			public int input() {
				return input;
			}

			@Override
			public int output(int position) {
				return outputs[position];
			}

		};
	}

	private final List<GuardedTarget<String, String>> targets = List.of(target("free-but-unsaid", null),
			target("dear", new Price(10, 30)), target("quiet", new Price(0.1, 20)), target("chatty", new Price(2, 2)));

	@Test
	void theCheapestInputComesFirstWhereTheTokensAreNotKnown() {
		assertThat(order(null, this.targets)).containsExactly("quiet", "chatty", "dear", "free-but-unsaid");
		assertThat(order(tokens(100, 0, 0, 0, 0), this.targets)).startsWith("quiet");
	}

	@Test
	void whatTheRequestCostsDecidesWhereItIsKnown() {
		assertThat(order(tokens(10_000, 10, 10, 10, 10), this.targets)).containsExactly("quiet", "chatty", "dear",
				"free-but-unsaid");
		assertThat(order(tokens(10, 1_000, 1_000, 1_000, 1_000), this.targets)).containsExactly("chatty", "quiet",
				"dear", "free-but-unsaid");
	}

	@Test
	void lengthsThatAreKnownOfSomeAnswersOnlyMakeNobodyDear() {
		assertThat(order(tokens(10, 0, 1_000, 1_000, 0), this.targets)).startsWith("quiet", "chatty");
		assertThat(order(tokens(10, 0, 1_000, 1_000, 1_000), this.targets)).startsWith("chatty");
	}

	@Test
	void whatCostsTheSameStaysInTheOrderOfTheChain() {
		Price same = new Price(1, 1);
		assertThat(order(null, List.of(target("b", same), target("a", same), target("c", new Price(1, 0.5)))))
			.containsExactly("c", "b", "a");
	}

	@Test
	void anEstimatorThatThrowsCostsItsWordOnly() {
		TokenEstimate broken = new TokenEstimate() {

			@Override
			public int input() {
				throw new IllegalStateException("cannot count");
			}

			@Override
			public int output(int position) {
				return 10;
			}

		};
		assertThat(order(broken, this.targets)).startsWith("quiet");
	}

}
