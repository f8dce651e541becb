package io.github.agentresilience.observation.internal;

import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import org.jspecify.annotations.Nullable;

/**
 * A convention of the application that says nothing where it throws, so that an
 * observation keeps the name and the key values that it has.
 */
record IsolatedConvention(ObservationConvention<Observation.Context> convention)
		implements
			GlobalObservationConvention<Observation.Context> {

	@Override
	public boolean supportsContext(Observation.Context context) {
		return ForeignCode.isTrue(this.convention, () -> this.convention.supportsContext(context));
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(Observation.Context context) {
		return keyValues(() -> this.convention.getLowCardinalityKeyValues(context));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(Observation.Context context) {
		return keyValues(() -> this.convention.getHighCardinalityKeyValues(context));
	}

	@Override
	public @Nullable String getName() {
		return said(this.convention::getName);
	}

	@Override
	public @Nullable String getContextualName(Observation.Context context) {
		return said(() -> this.convention.getContextualName(context));
	}

	private KeyValues keyValues(Supplier<@Nullable KeyValues> question) {
		KeyValues said = said(question);
		return (said != null) ? said : KeyValues.empty();
	}

	private <T> @Nullable T said(Supplier<@Nullable T> question) {
		try {
			return question.get();
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.convention, ex);
			return null;
		}
	}

}
