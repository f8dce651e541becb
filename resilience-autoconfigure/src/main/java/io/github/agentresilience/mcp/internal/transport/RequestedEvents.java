package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * The events of a stream that the SDK's own reader is given, each when it asks for one: a
 * reader that is subscribed to later has nowhere to put them before.
 */
final class RequestedEvents implements Flow.Subscription {

	private final HttpResponse.BodySubscriber<?> reader;

	private final Queue<List<ByteBuffer>> waiting = new ArrayDeque<>();

	private final ReentrantLock lock = new ReentrantLock();

	private long requested;

	private boolean delivering;

	private boolean ended;

	private @Nullable Throwable failure;

	private volatile Runnable cancelled = () -> {
	};

	RequestedEvents(HttpResponse.BodySubscriber<?> reader) {
		this.reader = reader;
	}

	/**
	 * Begins.
	 * @param onCancel run when the reader wants no more
	 */
	void subscribe(Runnable onCancel) {
		this.cancelled = onCancel;
		this.reader.onSubscribe(this);
	}

	void add(String event) {
		this.lock.lock();
		try {
			this.waiting.add(List.of(ByteBuffer.wrap(event.getBytes(StandardCharsets.UTF_8))));
		}
		finally {
			this.lock.unlock();
		}
		deliver();
	}

	/** There are no more events than those added. */
	void complete() {
		end(null);
	}

	void fail(Throwable thrown) {
		end(thrown);
	}

	private void end(@Nullable Throwable thrown) {
		this.lock.lock();
		try {
			if (this.ended) {
				return;
			}
			this.ended = true;
			this.failure = thrown;
			if (thrown != null) {
				this.waiting.clear();
			}
		}
		finally {
			this.lock.unlock();
		}
		deliver();
	}

	@Override
	public void request(long n) {
		this.lock.lock();
		try {
			this.requested = (this.requested + n < 0) ? Long.MAX_VALUE : this.requested + n;
		}
		finally {
			this.lock.unlock();
		}
		deliver();
	}

	@Override
	public void cancel() {
		this.cancelled.run();
	}

	/** One thread at a time, outside of the lock: the reader may ask for the next. */
	private void deliver() {
		while (true) {
			List<ByteBuffer> next;
			this.lock.lock();
			try {
				if (this.delivering) {
					return;
				}
				next = (this.requested > 0) ? this.waiting.poll() : null;
				if (next == null && !(this.ended && this.waiting.isEmpty())) {
					return;
				}
				this.requested -= (next != null) ? 1 : 0;
				// After the end nothing is delivered any longer
				this.delivering = true;
			}
			finally {
				this.lock.unlock();
			}
			if (next == null) {
				finish();
				return;
			}
			this.reader.onNext(next);
			this.lock.lock();
			try {
				this.delivering = false;
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	private void finish() {
		Throwable thrown = this.failure;
		if (thrown != null) {
			this.reader.onError(thrown);
		}
		else {
			this.reader.onComplete();
		}
	}

}
