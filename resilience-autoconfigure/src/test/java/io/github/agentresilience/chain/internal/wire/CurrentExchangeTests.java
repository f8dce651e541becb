package io.github.agentresilience.chain.internal.wire;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.wire.CurrentExchange.Binding;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

class CurrentExchangeTests {

	private final CurrentExchange<String> exchanges = new CurrentExchange<>();

	@Test
	void bindingsOfAThreadNest() {
		try (Binding outer = this.exchanges.bind("outer")) {
			try (Binding inner = this.exchanges.bind("inner")) {
				assertThat(this.exchanges.get()).isEqualTo("inner");
				try (Binding none = this.exchanges.bind((String) null)) {
					assertThat(this.exchanges.get()).isNull();
				}
				assertThat(this.exchanges.get()).isEqualTo("inner");
			}
			assertThat(this.exchanges.get()).isEqualTo("outer");
		}
		assertThat(this.exchanges.get()).isNull();
	}

	@Test
	void anotherThreadHasNone() throws Exception {
		try (Binding bound = this.exchanges.bind("here")) {
			assertThat(
					CompletableFuture.supplyAsync(() -> String.valueOf(this.exchanges.get())).get(10, TimeUnit.SECONDS))
				.isEqualTo("null");
		}
	}

	@Test
	void aContextGoesBeforeTheThreadAndHoldsOnAnyOther() {
		try (Binding bound = this.exchanges.bind("thread")) {
			Mono<String> here = Mono.deferContextual((context) -> Mono.justOrEmpty(this.exchanges.get(context)));
			assertThat(here.block()).isEqualTo("thread");
			assertThat(here.subscribeOn(Schedulers.boundedElastic())
				.contextWrite((context) -> this.exchanges.bind(context, "context"))
				.block()).isEqualTo("context");
		}
	}

	@Test
	void anIdHoldsUntilItIsReleased() {
		String id = this.exchanges.register(7, "seven");
		assertThat(this.exchanges.get(id)).isEqualTo("seven");
		assertThat(this.exchanges.get(7)).isEqualTo("seven");
		assertThat(this.exchanges.get((String) null)).isNull();
		this.exchanges.release(7);
		assertThat(this.exchanges.get(id)).isNull();
	}

	@Test
	void theExchangesOfOneLayerAreNoneOfAnother() {
		CurrentExchange<String> others = new CurrentExchange<>();
		try (Binding bound = this.exchanges.bind("mine")) {
			assertThat(others.get()).isNull();
			assertThat(Mono.deferContextual((context) -> Mono.justOrEmpty(others.get(context)))
				.contextWrite((context) -> this.exchanges.bind(context, "mine"))
				.blockOptional()).isEmpty();
		}
	}

}
