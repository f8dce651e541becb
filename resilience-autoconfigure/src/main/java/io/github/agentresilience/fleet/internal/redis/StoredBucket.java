package io.github.agentresilience.fleet.internal.redis;

import java.io.ByteArrayInputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.bucket4j.distributed.remote.RemoteBucketState;
import io.github.bucket4j.distributed.serialization.DataOutputSerializationAdapter;
import io.github.bucket4j.distributed.serialization.DeserializationAdapter;
import io.lettuce.core.RedisFuture;
import org.jspecify.annotations.Nullable;

/**
 * A bucket as it is stored in Redis, where others may have written. Bucket4j makes arrays
 * as long as what it reads says, two billion elements if need be, so that is read once
 * with bounds first.
 */
final class StoredBucket extends CompletableFuture<byte @Nullable []> implements RedisFuture<byte @Nullable []> {

	/** Ours take about 200 bytes. */
	static final int MOST_BYTES = 2_048;

	private static final Bounded BOUNDED = new Bounded();

	private final RedisFuture<byte[]> stored;

	/**
	 * A bucket.
	 * @param stored its first {@link #MOST_BYTES} bytes and one more, none where there is
	 * no such bucket
	 */
	StoredBucket(RedisFuture<byte[]> stored) {
		this.stored = stored;
		stored.whenComplete((state, ex) -> {
			try {
				if (ex != null) {
					completeExceptionally(ex);
				}
				else {
					complete((state.length == 0) ? null : checked(state));
				}
			}
			catch (Exception unreadable) {
				completeExceptionally(new IllegalStateException(
						"What Redis holds for a limit cannot be read: " + unreadable.getMessage(), unreadable));
			}
		});
	}

	/**
	 * What can be parsed with no more memory than it takes itself.
	 * @throws IOException where it cannot
	 */
	static byte[] checked(byte[] state) throws IOException {
		if (state.length > MOST_BYTES) {
			throw new IOException("it is longer than " + MOST_BYTES + " bytes");
		}
		RemoteBucketState.SERIALIZATION_HANDLE.deserialize(BOUNDED,
				new DataInputStream(new ByteArrayInputStream(state)));
		return state;
	}

	@Override
	public boolean cancel(boolean interrupts) {
		this.stored.cancel(interrupts);
		return super.cancel(interrupts);
	}

	@Override
	public @Nullable String getError() {
		return this.stored.getError();
	}

	@Override
	public boolean await(long most, TimeUnit unit) throws InterruptedException {
		try {
			get(most, unit);
		}
		catch (TimeoutException ex) {
			return false;
		}
		catch (ExecutionException ex) {
			// It has ended
		}
		return true;
	}

	/** Reads as Bucket4j does, but counts no further than the bytes could hold. */
	private static final class Bounded implements DeserializationAdapter<DataInput> {

		private static final DataOutputSerializationAdapter READS = DataOutputSerializationAdapter.INSTANCE;

		@Override
		public boolean readBoolean(DataInput source) throws IOException {
			return READS.readBoolean(source);
		}

		@Override
		public byte readByte(DataInput source) throws IOException {
			return READS.readByte(source);
		}

		@Override
		public int readInt(DataInput source) throws IOException {
			return count(source);
		}

		@Override
		public long readLong(DataInput source) throws IOException {
			return READS.readLong(source);
		}

		@Override
		public long[] readLongArray(DataInput source) throws IOException {
			long[] read = new long[count(source)];
			for (int i = 0; i < read.length; i++) {
				read[i] = source.readLong();
			}
			return read;
		}

		@Override
		public double[] readDoubleArray(DataInput source) throws IOException {
			double[] read = new double[count(source)];
			for (int i = 0; i < read.length; i++) {
				read[i] = source.readDouble();
			}
			return read;
		}

		@Override
		public String readString(DataInput source) throws IOException {
			return READS.readString(source);
		}

		/** All that is read as a number of this size is a version, or how many follow. */
		private static int count(DataInput source) throws IOException {
			int count = source.readInt();
			if (count < 0 || count > MOST_BYTES / Long.BYTES) {
				throw new IOException("it counts " + count + " of something");
			}
			return count;
		}

	}

}
