package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * What a target is given for one attempt, and what the target has said of it.
 */
final class TargetExchange implements Exchange {

	private final ActiveAttempt<?, ?> attempt;

	private volatile boolean cannotHaveActed;

	private volatile boolean received;

	/** Made when something is told; few targets tell anything. */
	private @Nullable Map<String, String> details;

	TargetExchange(ActiveAttempt<?, ?> attempt) {
		this.attempt = attempt;
	}

	@Override
	public Attempt attempt() {
		return this.attempt;
	}

	@Override
	public void onCancel(Runnable cancelExchange) {
		this.attempt.cancellation().onCancel(cancelExchange);
	}

	@Override
	public void interruptOnCancel(Runnable cancelExchange) {
		this.attempt.cancellation().interruptOnCancel(cancelExchange);
	}

	@Override
	public boolean isCancelled() {
		return this.attempt.cancellation().isCancelled();
	}

	@Override
	public void pause(Duration duration) throws InterruptedException {
		this.attempt.cancellation().pause(duration);
	}

	@Override
	public void progressed() {
		this.attempt.cancellation().progressed();
	}

	@Override
	public void mayHaveActed(boolean possible) {
		this.cannotHaveActed = !possible;
	}

	@Override
	public boolean mayHaveActed() {
		return !this.cannotHaveActed;
	}

	@Override
	public void received(boolean known) {
		this.received = known;
	}

	/** Whether the target is known to have received the request. */
	boolean received() {
		return this.received;
	}

	@Override
	public void answered(int status, Function<String, @Nullable String> header) {
		this.attempt.answered(status, header);
	}

	@Override
	public synchronized void detail(String name, @Nullable String value) {
		if (value != null) {
			this.details = (this.details != null) ? this.details : new LinkedHashMap<>();
			this.details.put(name, value);
		}
	}

	@Override
	public void used(TokenUsage usage) {
		this.attempt.used(usage);
	}

	/** What the target has told of the exchange so far. */
	synchronized Map<String, String> details() {
		return (this.details != null) ? Collections.unmodifiableMap(new LinkedHashMap<>(this.details)) : Map.of();
	}

}
