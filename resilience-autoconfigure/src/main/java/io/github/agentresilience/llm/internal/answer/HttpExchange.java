package io.github.agentresilience.llm.internal.answer;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.chain.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: the attempt that it belongs to, and what the SDK would not
 * pass on of the answer.
 */
public final class HttpExchange {

	private final @Nullable Exchange attempt;

	private final String model;

	private volatile Map<Integer, FinishReason> finishReasons = Map.of();

	/**
	 * An exchange.
	 * @param attempt what it belongs to, {@code null} where it is not known
	 * @param model what is asked
	 */
	public HttpExchange(@Nullable Exchange attempt, String model) {
		this.attempt = attempt;
		this.model = model;
	}

	public String model() {
		return this.model;
	}

	public @Nullable Exchange attempt() {
		return this.attempt;
	}

	public boolean isCancelled() {
		return this.attempt != null && this.attempt.isCancelled();
	}

	/** Whether a stream was asked for, whatever comes. */
	public boolean isStreaming() {
		return this.attempt != null && this.attempt.attempt().call().isStreaming();
	}

	public void progressed() {
		if (isStreaming()) {
			Objects.requireNonNull(this.attempt).progressed();
		}
	}

	/** Keeps a finish reason that is not one of OpenAI's. */
	public synchronized void finished(int choice, FinishReason reason) {
		if (!reason.isStandard()) {
			Map<Integer, FinishReason> reasons = new HashMap<>(this.finishReasons);
			reasons.put(choice, reason);
			this.finishReasons = reasons;
		}
	}

	/** The finish reasons that are not OpenAI's own, by choice. */
	public Map<Integer, FinishReason> finishReasons() {
		return this.finishReasons;
	}

}
