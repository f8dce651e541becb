package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Target} is given to carry out one attempt: how to learn that it is
 * cancelled, and where to say what only the target knows of it. Valid while the target is
 * being asked.
 */
public interface Exchange {

	/** The attempt that is made. */
	Attempt attempt();

	/**
	 * Says how the exchange is stopped. The hook runs at most once, on another thread,
	 * and must not block; it runs at once when the attempt has been cancelled already.
	 */
	void onCancel(Runnable stopExchange);

	/**
	 * For a target that waits interruptibly on the calling thread: cancelling interrupts
	 * it.
	 * @param stopExchange what else stops the exchange
	 */
	void interruptOnCancel(Runnable stopExchange);

	/** Whether the attempt has been cancelled. */
	boolean isCancelled();

	/**
	 * Waits on the calling thread, at most as long as the attempt may take.
	 * @param duration how long
	 * @throws InterruptedException when the attempt is cancelled or the thread
	 * interrupted
	 */
	void pause(Duration duration) throws InterruptedException;

	/**
	 * Says that the target is at work, which gives the attempt its timeout anew, within
	 * the call's deadline.
	 */
	void progressed();

	/**
	 * Says whether the request may have had its effect at the target. True until the
	 * target says otherwise, so that one which cannot tell is on the safe side.
	 */
	void mayHaveActed(boolean possible);

	/** What the target has said of that. */
	boolean mayHaveActed();

	/**
	 * Says whether the target is known to have received the request, as an answer that
	 * cannot be read proves. False until the target says otherwise.
	 */
	void received(boolean known);

	/**
	 * Says that the answer has come, or begins to, and lets its headers tell of the
	 * target's rate limits.
	 * @param status of HTTP
	 * @param header the first value of a header by its lower-case name, {@code null}
	 * where it is missing
	 */
	default void answered(int status, Function<String, @Nullable String> header) {
	}

	/**
	 * Tells observers what only the target knows of the exchange, such as the model that
	 * answered.
	 * @param name a name that OpenTelemetry's semantic conventions give it, where they do
	 * @param value neither prompt nor answer nor key; {@code null} where it is not known
	 */
	void detail(String name, @Nullable String value);

	/**
	 * Says which tokens the attempt used. A target whose stream tells more of them as it
	 * goes on says it anew; the latest counts.
	 */
	void used(TokenUsage usage);

}
