package io.github.agentresilience.fleet.internal;

import io.github.bucket4j.distributed.AsyncBucketProxy;

/**
 * Buckets in a store that all instances take from.
 */
@FunctionalInterface
public interface FleetBuckets {

	/**
	 * A bucket that nobody is asked for yet.
	 * @param key the same for all instances
	 * @param perMinute its capacity, and what flows into it in a minute
	 */
	AsyncBucketProxy bucket(String key, long perMinute);

}
