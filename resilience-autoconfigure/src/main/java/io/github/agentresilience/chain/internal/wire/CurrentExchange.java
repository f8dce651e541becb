package io.github.agentresilience.chain.internal.wire;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Leads from a message that a client library sends to the exchange, and with it to the
 * attempt, that it is sent for. A library passes nothing of ours along, so the exchange
 * travels beside the message, in whichever way the library leaves open: on the thread
 * that sends, in the Reactor context of the subscriber, or by an id that the message
 * carries. A library that changes threads between call and wire needs the id.
 *
 * @param <E> what a layer keeps of an exchange
 */
public final class CurrentExchange<E> {

	private final ThreadLocal<@Nullable E> onThread = new ThreadLocal<>();

	private final Map<String, E> byId = new ConcurrentHashMap<>();

	/**
	 * Makes an exchange the current one of the calling thread, until the binding is
	 * closed on the same thread.
	 * @param exchange {@code null} for none, whatever is bound already
	 */
	public Binding bind(@Nullable E exchange) {
		E before = this.onThread.get();
		set(exchange);
		return () -> set(before);
	}

	private void set(@Nullable E exchange) {
		if (exchange == null) {
			this.onThread.remove();
		}
		else {
			this.onThread.set(exchange);
		}
	}

	/** Makes an exchange the current one of all that subscribes with the context. */
	public Context bind(Context context, E exchange) {
		return context.put(this, exchange);
	}

	/**
	 * Makes an exchange known by an id, until it is {@linkplain #release released}.
	 * @param attempt the number of the attempt
	 * @return the id that the message has to carry; it never leaves this process
	 */
	public String register(long attempt, E exchange) {
		String id = Long.toString(attempt);
		this.byId.put(id, exchange);
		return id;
	}

	/** Forgets what {@link #register} made known. */
	public void release(long attempt) {
		this.byId.remove(Long.toString(attempt));
	}

	/** The exchange of the calling thread, {@code null} for none. */
	public @Nullable E get() {
		return this.onThread.get();
	}

	/** The exchange of a Reactor context, else that of the calling thread. */
	public @Nullable E get(ContextView context) {
		return context.getOrDefault(this, this.onThread.get());
	}

	/** The exchange of an attempt by the attempt's number. */
	public @Nullable E get(long attempt) {
		return this.byId.get(Long.toString(attempt));
	}

	/**
	 * The exchange of a message by the id that it carries.
	 * @param id {@code null} for a message that carries none
	 */
	public @Nullable E get(@Nullable String id) {
		return (id != null) ? this.byId.get(id) : null;
	}

	/** Ends with the sending of a message. */
	public interface Binding extends AutoCloseable {

		@Override
		void close();

	}

}
