package io.github.agentresilience.chaos.internal;

import java.time.Duration;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.InvalidFaultException;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FaultInjectorTests {

	private final ManualTime time = ManualTime.standing();

	private final FaultInjector chaos = new FaultInjector(this.time.clock(), Schedulers.immediate());

	@AfterEach
	void close() {
		this.time.close();
	}

	private int kept() {
		return ((java.util.Collection<?>) ReflectionTestUtils.getField(this.chaos, "active")).size();
	}

	private Injection next() {
		return this.chaos.next(Layer.LLM, "a", null, (behaviour) -> true, false);
	}

	@Test
	void anEndedFaultIsForgottenByTheNextAttempt() {
		this.chaos.inject(new BurstFault(1, 503), Layer.LLM, "b", Duration.ofSeconds(1));
		this.chaos.inject(new BurstFault(2, 503), Layer.LLM, "a", Duration.ofSeconds(5));
		this.time.advance(Duration.ofSeconds(2));
		assertThat(next()).isNotNull();
		assertThat(kept()).isEqualTo(1);
		assertThat(next()).isNotNull();
		assertThat(next()).isNull();
		assertThat(kept()).isZero();
		assertThat(this.chaos.active()).isEmpty();
	}

	@Test
	void faultsDoNotPileUp() {
		for (int i = 0; i < Chaos.MOST_AT_ONCE; i++) {
			this.chaos.inject(new BurstFault(1, 503), Layer.LLM, "a", Duration.ofSeconds(1 + i % 2));
		}
		assertThatThrownBy(() -> this.chaos.inject(new BurstFault(1, 503), Layer.LLM, "a"))
			.isInstanceOf(InvalidFaultException.class)
			.hasMessageContaining("100");
		assertThat(this.chaos.active()).hasSize(Chaos.MOST_AT_ONCE);
		this.time.advance(Duration.ofSeconds(1));
		assertThat(this.chaos.inject(new BurstFault(1, 503), Layer.LLM, "a")).isNotNull();
		assertThat(kept()).isEqualTo(Chaos.MOST_AT_ONCE / 2 + 1);
	}

}
