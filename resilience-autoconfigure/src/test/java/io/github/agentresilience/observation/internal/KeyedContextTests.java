package io.github.agentresilience.observation.internal;

import java.util.List;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A context that holds sets is to the handlers, filters and conventions of an application
 * what Micrometer's own is.
 */
class KeyedContextTests {

	private final Observation.Context plain = new Observation.Context()
		.addLowCardinalityKeyValues(KeyValues.of("layer", "llm", "outcome", "none", "target", "none"));

	private final Observation.Context keyed = new KeyedContext(
			KeyValues.of("layer", "llm", "outcome", "none", "target", "none"));

	@Test
	void whatIsAddedReplacesWhatIsThere() {
		for (Observation.Context context : List.of(this.plain, this.keyed)) {
			context.addLowCardinalityKeyValue(KeyValue.of("outcome", "answered"));
			context.addLowCardinalityKeyValues(KeyValues.of("target", "a", "own", "1"));
			context.addHighCardinalityKeyValue(KeyValue.of("user", "u"));
			context.addHighCardinalityKeyValues(KeyValues.of("user", "v", "order", "7"));
		}
		assertSame();
		assertThat(this.keyed.getLowCardinalityKeyValue("outcome")).isEqualTo(KeyValue.of("outcome", "answered"));
		assertThat(this.keyed.getHighCardinalityKeyValue("user")).isEqualTo(KeyValue.of("user", "v"));
	}

	@Test
	void whatIsRemovedIsGone() {
		for (Observation.Context context : List.of(this.plain, this.keyed)) {
			context.addHighCardinalityKeyValues(KeyValues.of("user", "u", "order", "7"));
			context.removeLowCardinalityKeyValue("target");
			context.removeLowCardinalityKeyValues("layer", "never");
			context.removeHighCardinalityKeyValue("order");
			context.removeHighCardinalityKeyValues("never");
		}
		assertSame();
		assertThat(this.keyed.getLowCardinalityKeyValue("target")).isNull();
		assertThat(this.keyed.getHighCardinalityKeyValue("order")).isNull();
	}

	@Test
	void whatWasReadStaysAsItWas() {
		KeyValues before = this.keyed.getLowCardinalityKeyValues();
		this.keyed.addLowCardinalityKeyValue(KeyValue.of("outcome", "answered"));
		assertThat(before).contains(KeyValue.of("outcome", "none"));
	}

	private void assertSame() {
		assertThat(this.keyed.getLowCardinalityKeyValues()).isEqualTo(this.plain.getLowCardinalityKeyValues());
		assertThat(this.keyed.getHighCardinalityKeyValues()).isEqualTo(this.plain.getHighCardinalityKeyValues());
		assertThat(this.keyed.getAllKeyValues()).isEqualTo(this.plain.getAllKeyValues());
	}

}
