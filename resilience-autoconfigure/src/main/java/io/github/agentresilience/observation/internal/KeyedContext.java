package io.github.agentresilience.observation.internal;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * The context of an observation whose key values are known as whole sets. Micrometer's
 * own keeps a map of each kind, and sorts it anew for every handler that reads it.
 */
final class KeyedContext extends Observation.Context {

	private volatile KeyValues low;

	private volatile KeyValues high = KeyValues.empty();

	/**
	 * A context.
	 * @param low the key values of low cardinality that it begins with
	 */
	KeyedContext(KeyValues low) {
		this.low = low;
	}

	@Override
	public synchronized Observation.Context addLowCardinalityKeyValues(KeyValues keyValues) {
		this.low = this.low.and(keyValues);
		return this;
	}

	@Override
	public Observation.Context addLowCardinalityKeyValue(KeyValue keyValue) {
		return addLowCardinalityKeyValues(KeyValues.of(keyValue));
	}

	@Override
	public synchronized Observation.Context removeLowCardinalityKeyValue(String keyName) {
		this.low = without(this.low, keyName);
		return this;
	}

	@Override
	public KeyValues getLowCardinalityKeyValues() {
		return this.low;
	}

	@Override
	public @Nullable KeyValue getLowCardinalityKeyValue(String key) {
		return find(this.low, key);
	}

	@Override
	public synchronized Observation.Context addHighCardinalityKeyValues(KeyValues keyValues) {
		this.high = this.high.and(keyValues);
		return this;
	}

	@Override
	public Observation.Context addHighCardinalityKeyValue(KeyValue keyValue) {
		return addHighCardinalityKeyValues(KeyValues.of(keyValue));
	}

	@Override
	public synchronized Observation.Context removeHighCardinalityKeyValue(String keyName) {
		this.high = without(this.high, keyName);
		return this;
	}

	@Override
	public KeyValues getHighCardinalityKeyValues() {
		return this.high;
	}

	@Override
	public @Nullable KeyValue getHighCardinalityKeyValue(String key) {
		return find(this.high, key);
	}

	private static KeyValues without(KeyValues all, String key) {
		return KeyValues.of(all.stream().filter((each) -> !each.getKey().equals(key)).toList());
	}

	private static @Nullable KeyValue find(KeyValues all, String key) {
		for (KeyValue each : all) {
			if (each.getKey().equals(key)) {
				return each;
			}
		}
		return null;
	}

}
