package io.github.agentresilience.fleet.internal.redis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.MathType;
import io.github.bucket4j.distributed.remote.RemoteBucketState;
import io.github.bucket4j.distributed.remote.RemoteStat;
import io.github.bucket4j.distributed.serialization.InternalSerializationHelper;
import io.github.bucket4j.distributed.versioning.Versions;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What Redis holds for a limit, written by Bucket4j or by somebody else.
 */
class StoredBucketTests {

	private static final int MOST = Integer.MAX_VALUE;

	private static byte[] stored() {
		BucketConfiguration configuration = BucketConfiguration.builder()
			.addLimit((limit) -> limit.capacity(60).refillGreedy(60, Duration.ofMinutes(1)))
			.build();
		return InternalSerializationHelper.serializeState(
				new RemoteBucketState(BucketState.createInitialState(configuration, MathType.INTEGER_64_BITS, 1),
						new RemoteStat(3), 7L),
				Versions.getLatest());
	}

	@Test
	void whatBucket4jHasWrittenIsRead() throws IOException {
		byte[] state = stored();
		assertThat(state).hasSizeLessThan(StoredBucket.MOST_BYTES / 4);
		assertThat(StoredBucket.checked(state)).isSameAs(state);
	}

	@Test
	void aCountInItIsNotTakenAtItsWord() {
		byte[] state = stored();
		int refused = 0;
		for (int at = 0; at + Integer.BYTES <= state.length; at++) {
			byte[] crafted = state.clone();
			ByteBuffer.wrap(crafted).putInt(at, MOST);
			refused += isRead(crafted) ? 0 : 1;
		}
		assertThat(refused).as("counts and versions, and what overlaps one").isBetween(10, state.length - 10);
	}

	/** What is let through can be parsed by Bucket4j, in this test's memory. */
	private static boolean isRead(byte[] state) {
		try {
			StoredBucket.checked(state);
		}
		catch (IOException | RuntimeException ex) {
			return false;
		}
		InternalSerializationHelper.deserializeState(state);
		return true;
	}

	@Test
	void anythingElseIsReadOrRefused() {
		Random random = new Random(7);
		byte[] state = stored();
		int read = 0;
		for (int i = 0; i < 20_000; i++) {
			byte[] crafted = Arrays.copyOf(state, random.nextInt(2 * state.length));
			for (int changes = random.nextInt(4); changes > 0 && crafted.length > 0; changes--) {
				crafted[random.nextInt(crafted.length)] = (byte) random.nextInt();
			}
			read += isRead(crafted) ? 1 : 0;
		}
		assertThat(read).isBetween(100, 19_900);
	}

	@Test
	void whatIsTooLongIsNotParsed() {
		assertThatThrownBy(() -> StoredBucket.checked(new byte[StoredBucket.MOST_BYTES + 1]))
			.hasMessage("it is longer than 2048 bytes");
	}

}
