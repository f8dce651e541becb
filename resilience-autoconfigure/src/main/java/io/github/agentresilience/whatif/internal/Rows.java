package io.github.agentresilience.whatif.internal;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;

/**
 * A ring of rows of numbers, of which the latest are kept. Writing one takes no lock and
 * makes no object: a counter gives each row its place, and a stamp says which row stands
 * there once it is whole. Room is made {@value #CHUNK} rows at a time, as it is needed; a
 * row takes {@value #ROW_BYTES} bytes.
 */
final class Rows {

	static final int CHUNK = 1024;

	static final int ROW_BYTES = 8 * 3 + 4 * 5 + 2 * 3 + 3;

	private final AtomicReferenceArray<@Nullable Chunk> chunks;

	private final int capacity;

	private final AtomicLong next = new AtomicLong();

	/**
	 * A ring.
	 * @param most how many rows are kept, made up to whole chunks
	 */
	Rows(int most) {
		int count = Math.max(1, (most + CHUNK - 1) / CHUNK);
		this.capacity = count * CHUNK;
		this.chunks = new AtomicReferenceArray<>(count);
	}

	int capacity() {
		return this.capacity;
	}

	/** Adds a row, in the place of the oldest where all are taken. */
	void add(byte type, int chain, int target, long call, long start, int duration, int response, int outcome,
			int failure, int flags, int status, int retryAfter, int input, int output) {
		long row = this.next.getAndIncrement();
		int place = (int) (row % this.capacity);
		Chunk chunk = chunk(place / CHUNK);
		int at = place % CHUNK;
		chunk.stamps.set(at, 0);
		VarHandle.storeStoreFence();
		chunk.types[at] = (byte) (type | flags << 2);
		chunk.chains[at] = (short) chain;
		chunk.targets[at] = (short) target;
		chunk.calls[at] = call;
		chunk.starts[at] = start;
		chunk.durations[at] = duration;
		chunk.responses[at] = response;
		chunk.outcomes[at] = (byte) outcome;
		chunk.failures[at] = (byte) failure;
		chunk.statuses[at] = (short) status;
		chunk.retryAfters[at] = retryAfter;
		chunk.inputs[at] = input;
		chunk.outputs[at] = output;
		chunk.stamps.setRelease(at, row + 1);
	}

	private Chunk chunk(int index) {
		Chunk chunk = this.chunks.get(index);
		if (chunk != null) {
			return chunk;
		}
		Chunk made = new Chunk();
		Chunk other = this.chunks.compareAndExchange(index, null, made);
		return (other != null) ? other : made;
	}

	/** Whether rows have been overwritten. */
	boolean isFull() {
		return this.next.get() > this.capacity;
	}

	/** Shows all rows that are whole, the oldest first. */
	void forEach(Reader reader) {
		long end = this.next.get();
		for (long row = Math.max(0, end - this.capacity); row < end; row++) {
			int place = (int) (row % this.capacity);
			Chunk chunk = this.chunks.get(place / CHUNK);
			int at = place % CHUNK;
			if (chunk != null && chunk.stamps.getAcquire(at) == row + 1) {
				Row copy = new Row((byte) (chunk.types[at] & 3), chunk.chains[at], chunk.targets[at], chunk.calls[at],
						chunk.starts[at], chunk.durations[at], chunk.responses[at], chunk.outcomes[at],
						chunk.failures[at], chunk.types[at] >> 2, chunk.statuses[at], chunk.retryAfters[at],
						chunk.inputs[at], chunk.outputs[at]);
				VarHandle.loadLoadFence();
				if (chunk.stamps.get(at) == row + 1) {
					reader.row(copy);
				}
			}
		}
	}

	/** Takes a row. */
	@FunctionalInterface
	interface Reader {

		void row(Row row);

	}

	/** A row, as it was when it was read. */
	record Row(byte type, int chain, int target, long call, long start, int duration, int response, int outcome,
			int failure, int flags, int status, int retryAfter, int input, int output) {
	}

	private static final class Chunk {

		private final AtomicLongArray stamps = new AtomicLongArray(CHUNK);

		private final long[] calls = new long[CHUNK];

		private final long[] starts = new long[CHUNK];

		private final int[] durations = new int[CHUNK];

		private final int[] responses = new int[CHUNK];

		private final int[] retryAfters = new int[CHUNK];

		private final int[] inputs = new int[CHUNK];

		private final int[] outputs = new int[CHUNK];

		private final short[] chains = new short[CHUNK];

		private final short[] targets = new short[CHUNK];

		private final short[] statuses = new short[CHUNK];

		private final byte[] types = new byte[CHUNK];

		private final byte[] outcomes = new byte[CHUNK];

		private final byte[] failures = new byte[CHUNK];

	}

}
