package io.github.agentresilience.fleet.internal.redis;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;

/**
 * The two connections of a channel.
 *
 * @param spoken the one for commands
 * @param heard the one for what other instances tell
 */
record RedisConnections(StatefulConnection<String, byte[]> spoken,
		StatefulRedisPubSubConnection<String, String> heard) {

	private static final RedisCodec<String, byte[]> COMMANDS = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

	/** Makes both, which may take long. */
	static RedisConnections of(AbstractRedisClient client) throws Exception {
		if (client instanceof RedisClusterClient cluster) {
			StatefulConnection<String, byte[]> spoken = cluster.connect(COMMANDS);
			return with(spoken, () -> cluster.connectPubSub(StringCodec.UTF8));
		}
		RedisClient single = (RedisClient) client;
		StatefulConnection<String, byte[]> spoken = single.connect(COMMANDS);
		return with(spoken, () -> single.connectPubSub(StringCodec.UTF8));
	}

	private static RedisConnections with(StatefulConnection<String, byte[]> spoken,
			Callable<StatefulRedisPubSubConnection<String, String>> heard) throws Exception {
		boolean whole = false;
		try {
			RedisConnections both = new RedisConnections(spoken, heard.call());
			whole = true;
			return both;
		}
		finally {
			if (!whole) {
				spoken.closeAsync();
			}
		}
	}

	RedisClusterAsyncCommands<String, byte[]> async() {
		if (this.spoken instanceof StatefulRedisClusterConnection<String, byte[]> cluster) {
			return cluster.async();
		}
		return ((StatefulRedisConnection<String, byte[]>) this.spoken).async();
	}

	boolean isOpen() {
		return this.spoken.isOpen() && this.heard.isOpen();
	}

	CompletableFuture<Void> close() {
		return CompletableFuture.allOf(this.spoken.closeAsync(), this.heard.closeAsync());
	}

}
