package io.github.agentresilience.observation.internal;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.engine.Hostile;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;

/** An accessor that throws costs its own value, and leaves no other on a thread. */
class ThreadLocalContextCarrierTests {

	private static final String GOOD = "good";

	private static final String BAD = "bad";

	private final ThreadLocal<String> good = new ThreadLocal<>();

	private final ThreadLocal<String> bad = new ThreadLocal<>();

	private final ExecutorService other = Executors.newSingleThreadExecutor();

	@AfterEach
	void forget() {
		ContextRegistry.getInstance().removeThreadLocalAccessor(GOOD);
		ContextRegistry.getInstance().removeThreadLocalAccessor(BAD);
		this.other.shutdownNow();
		MDC.clear();
	}

	@ParameterizedTest
	@ValueSource(strings = { "nowhere", "getValue", "setValue", "restore" })
	void anAccessorThatThrowsCostsItsOwnValueOnly(String place) throws Exception {
		Hostile hostile = new Hostile(place);
		Hostile none = new Hostile("nowhere");
		ContextRegistry.getInstance()
			.registerThreadLocalAccessor(new Accessor(BAD, this.bad, hostile))
			.registerThreadLocalAccessor(new Accessor(GOOD, this.good, none));
		ContextCarrier carrier = new ThreadLocalContextCarrier(() -> null);
		for (int i = 0; i < 50; i++) {
			this.good.set("good " + i);
			this.bad.set("bad " + i);
			MDC.put("call", "mdc " + i);
			ContextCarrier.Carried carried = carrier.capture();
			String seen = this.other.submit(() -> carried.call(() -> this.good.get() + ", " + MDC.get("call"))).get();
			assertThat(seen).isEqualTo("good " + i + ", mdc " + i);
			assertThat(this.other.submit(() -> this.good.get() + MDC.get("call")).get()).isEqualTo("nullnull");
		}
		assertThat(hostile.thrown() > 0).isEqualTo(!place.equals("nowhere"));
	}

	private record Accessor(String key, ThreadLocal<String> local,
			Hostile hostile) implements ThreadLocalAccessor<String> {

		@Override
		public @Nullable String getValue() {
			this.hostile.at("getValue");
			return this.local.get();
		}

		@Override
		public void setValue(String value) {
			this.hostile.at("setValue");
			this.local.set(value);
		}

		@Override
		public void setValue() {
			this.hostile.at("setValue");
			this.local.remove();
		}

		@Override
		public void restore(String before) {
			this.hostile.at("restore");
			this.local.set(before);
		}

		@Override
		public void restore() {
			this.hostile.at("restore");
			this.local.remove();
		}

	}

}
