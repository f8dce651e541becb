package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * A target's stream as the operators of a chain may rely on it. They take for granted
 * that a subscription does not throw and that cancelling it does not block. A timeout
 * whose cancellation throws is told to no one, and some errors pass through all of them.
 * One whose cancellation blocks moves on to no other target.
 *
 * @param <A> one chunk
 */
final class SafeStream<A> implements CoreSubscriber<A>, Subscription {

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<SafeStream, Subscription> CANCELLABLE = AtomicReferenceFieldUpdater
		.newUpdater(SafeStream.class, Subscription.class, "cancellable");

	private final CoreSubscriber<? super A> subscriber;

	private final Executor cancelling;

	private volatile @Nullable Subscription source;

	/** The source until it has ended or is cancelled, which it is once. */
	private volatile @Nullable Subscription cancellable;

	private volatile boolean over;

	/**
	 * A stream that has not begun.
	 * @param subscriber the operators
	 * @param cancelling where the source is cancelled
	 */
	SafeStream(CoreSubscriber<? super A> subscriber, Executor cancelling) {
		this.subscriber = subscriber;
		this.cancelling = cancelling;
	}

	void subscribeTo(Flux<A> stream) {
		try {
			stream.subscribe(this);
		}
		catch (Throwable ex) {
			broken(ex);
		}
	}

	@Override
	public Context currentContext() {
		return this.subscriber.currentContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		if (this.source != null) {
			return;
		}
		this.source = subscription;
		this.cancellable = subscription;
		if (this.over) {
			cancel();
		}
		this.subscriber.onSubscribe(this);
	}

	@Override
	public void onNext(A chunk) {
		if (!this.over) {
			this.subscriber.onNext(chunk);
		}
	}

	@Override
	public void onError(Throwable thrown) {
		if (!this.over) {
			ended();
			this.subscriber.onError(thrown);
		}
	}

	@Override
	public void onComplete() {
		if (!this.over) {
			ended();
			this.subscriber.onComplete();
		}
	}

	/** One that has ended is not cancelled: its connection may have another exchange. */
	private void ended() {
		this.over = true;
		this.cancellable = null;
	}

	@Override
	public void request(long chunks) {
		Subscription asked = this.source;
		try {
			if (asked != null) {
				asked.request(chunks);
			}
		}
		catch (Throwable ex) {
			broken(ex);
		}
	}

	@Override
	public void cancel() {
		this.over = true;
		if (this.cancellable == null) {
			return;
		}
		Subscription cancelled = CANCELLABLE.getAndSet(this, null);
		if (cancelled != null) {
			this.cancelling.execute(() -> cancel(cancelled));
		}
	}

	private static void cancel(Subscription source) {
		try {
			source.cancel();
		}
		catch (Throwable ex) {
			ForeignCode.failed(source, ex);
		}
	}

	/** What the target throws rather than signals is its error all the same. */
	void broken(Throwable thrown) {
		if (this.over) {
			ForeignCode.failed(this, thrown);
			return;
		}
		cancel();
		if (this.source == null) {
			Flux.<A>error(thrown).subscribe(this.subscriber);
		}
		else {
			this.subscriber.onError(thrown);
		}
	}

}
