package io.github.agentresilience.fleet.internal.redis;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.github.agentresilience.fleet.internal.FleetBuckets;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.github.bucket4j.redis.lettuce.RedisApi;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import org.jspecify.annotations.Nullable;

/**
 * Buckets of Bucket4j in Redis, over the connection of the fleet. They go by the time of
 * Redis, since clocks of instances differ.
 */
public final class RedisBuckets implements FleetBuckets {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	/** How much longer a bucket is kept than it takes to fill up. */
	private static final Duration KEPT_BEYOND = Duration.ofSeconds(10);

	private final AsyncProxyManager<Object> buckets;

	public RedisBuckets(RedisFleetChannel channel) {
		this.buckets = new Bucket4jLettuce.LettuceBasedProxyManagerBuilder<>(new Commands(channel))
			.clientClock(new TimeMeter() {

				@Override
				public long currentTimeNanos() {
					return channel.presentNanos();
				}

				@Override
				public boolean isWallClockBased() {
					return true;
				}

			})
			.expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(KEPT_BEYOND))
			.build()
			.asAsync();
	}

	@Override
	public AsyncBucketProxy bucket(String key, long perMinute) {
		BucketConfiguration configuration = BucketConfiguration.builder()
			.addLimit((limit) -> limit.capacity(perMinute).refillGreedy(perMinute, MINUTE))
			.build();
		return this.buckets.builder()
			.build("limit:" + RedisFleetChannel.encoded(key), () -> CompletableFuture.completedFuture(configuration));
	}

	/**
	 * Of keys that are strings; Bucket4j makes arrays of them that are none of strings.
	 */
	private record Commands(RedisFleetChannel channel) implements RedisApi<Object> {

		@Override
		public <V> RedisFuture<V> eval(String script, ScriptOutputType output, Object[] keys, byte[][] values) {
			return this.channel.commands()
				.eval(script, output, new String[] { this.channel.name(String.valueOf(keys[0])) }, values);
		}

		@Override
		public RedisFuture<byte @Nullable []> get(Object key) {
			return new StoredBucket(this.channel.commands()
				.getrange(this.channel.name(String.valueOf(key)), 0, StoredBucket.MOST_BYTES));
		}

		@Override
		public RedisFuture<?> delete(Object key) {
			return this.channel.commands().del(this.channel.name(String.valueOf(key)));
		}

	}

}
