package io.github.agentresilience.llm.internal.sticky;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;

/**
 * Which target served a conversation last. Forgets what has not been asked for a while,
 * and of too many the one that has not been asked for longest.
 */
public final class Conversations {

	/** Some megabytes at most, whatever the ids are. */
	static final int MOST = 10_000;

	/** Longer ids are known by their hash. */
	private static final int LONGEST_ID = 100;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<Key, Served> served = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<Key, Served> eldest) {
			return size() > MOST;
		}

	};

	private final Time time;

	private final long ttlNanos;

	/**
	 * A memory.
	 * @param ttl how long after its last answer a conversation is remembered
	 */
	public Conversations(Time time, Duration ttl) {
		this.time = time;
		this.ttlNanos = Nanos.of(ttl);
	}

	@Nullable String target(String chain, String conversation) {
		Key key = Key.of(chain, conversation);
		this.lock.lock();
		try {
			Served known = this.served.get(key);
			if (known == null) {
				return null;
			}
			if (this.time.nanos() - known.atNanos() >= this.ttlNanos) {
				this.served.remove(key);
				return null;
			}
			return known.target();
		}
		finally {
			this.lock.unlock();
		}
	}

	void served(String chain, String conversation, String target) {
		Key key = Key.of(chain, conversation);
		this.lock.lock();
		try {
			this.served.put(key, new Served(target, this.time.nanos()));
		}
		finally {
			this.lock.unlock();
		}
	}

	int size() {
		return this.served.size();
	}

	private record Served(String target, long atNanos) {
	}

	private record Key(String chain, String conversation) {

		static Key of(String chain, String conversation) {
			return new Key(chain, (conversation.length() <= LONGEST_ID) ? conversation : hash(conversation));
		}

		private static String hash(String conversation) {
			try {
				return HexFormat.of()
					.formatHex(
							MessageDigest.getInstance("SHA-256").digest(conversation.getBytes(StandardCharsets.UTF_8)));
			}
			catch (NoSuchAlgorithmException ex) {
				throw new IllegalStateException("Every Java platform has SHA-256", ex);
			}
		}

	}

}
