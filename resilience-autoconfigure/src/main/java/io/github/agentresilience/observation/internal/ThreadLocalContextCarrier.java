package io.github.agentresilience.observation.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Carries every ThreadLocal that is registered with context-propagation, and the MDC,
 * which is not registered there.
 */
public final class ThreadLocalContextCarrier implements ContextCarrier {

	private final ThreadLocalAccessor<?> mdc = new Slf4jThreadLocalAccessor();

	private final Supplier<@Nullable ContextView> ofStream;

	/**
	 * A carrier.
	 * @param ofStream the context of the stream that the calling thread works for,
	 * {@code null} where it works for none
	 */
	public ThreadLocalContextCarrier(Supplier<@Nullable ContextView> ofStream) {
		this.ofStream = ofStream;
	}

	@Override
	public @Nullable ContextView streamContext() {
		return this.ofStream.get();
	}

	/**
	 * Each value on its own, so that an accessor that throws costs its own only, and
	 * leaves no other on the thread. The MDC comes first: opening the observation's scope
	 * may put the ids of its span there.
	 */
	@Override
	public Carried capture() {
		List<Value<?>> values = new ArrayList<>();
		Value.capture(this.mdc, values, true);
		for (ThreadLocalAccessor<?> accessor : ContextRegistry.getInstance().getThreadLocalAccessors()) {
			Value.capture(accessor, values, false);
		}
		return new Carried() {
			@Override
			public <T> T call(Callable<T> task) throws Exception {
				Deque<Runnable> restores = new ArrayDeque<>();
				try {
					for (Value<?> value : values) {
						value.set(restores);
					}
					return task.call();
				}
				finally {
					restores.forEach(Runnable::run);
				}
			}
		};
	}

	/** What an accessor had of the caller's thread. */
	private record Value<V>(ThreadLocalAccessor<V> accessor, @Nullable V value) {

		/**
		 * Takes it along.
		 * @param missingToo whether that there is none is carried as well
		 */
		static <V> void capture(ThreadLocalAccessor<V> accessor, List<Value<?>> values, boolean missingToo) {
			try {
				V value = accessor.getValue();
				if (value != null || missingToo) {
					values.add(new Value<>(accessor, value));
				}
			}
			catch (Throwable ex) {
				ForeignCode.failed(accessor, ex);
			}
		}

		/** Puts it on the current thread, and says how that is undone. */
		void set(Deque<Runnable> restores) {
			try {
				V before = this.accessor.getValue();
				restores.push(() -> restore(before));
				put(this.value);
			}
			catch (Throwable ex) {
				ForeignCode.failed(this.accessor, ex);
			}
		}

		private void put(@Nullable V present) {
			if (present != null) {
				this.accessor.setValue(present);
			}
			else {
				this.accessor.setValue();
			}
		}

		private void restore(@Nullable V before) {
			try {
				if (before != null) {
					this.accessor.restore(before);
				}
				else {
					this.accessor.restore();
				}
			}
			catch (Throwable ex) {
				ForeignCode.failed(this.accessor, ex);
			}
		}

	}

}
