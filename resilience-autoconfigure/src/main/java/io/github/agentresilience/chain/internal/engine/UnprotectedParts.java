package io.github.agentresilience.chain.internal.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

/**
 * The parts of an application, such as a bean or a connection, whose calls cannot be
 * protected or not wholly, each with the reason. Health and log report them.
 */
public final class UnprotectedParts {

	private final Map<String, String> reasons = new LinkedHashMap<>();

	private @Nullable BiConsumer<String, String> listener;

	/**
	 * Adds a part. The first reason given for a part stays.
	 * @param part the name of a bean or a connection
	 * @param reason what is not protected and why, in one sentence without secrets
	 */
	public void add(String part, String reason) {
		BiConsumer<String, String> told;
		synchronized (this.reasons) {
			if (this.reasons.putIfAbsent(part, reason) != null) {
				return;
			}
			told = this.listener;
		}
		if (told != null) {
			told.accept(part, reason);
		}
	}

	/** The reasons by part, in the order in which they were found. */
	public Map<String, String> reasons() {
		synchronized (this.reasons) {
			return new LinkedHashMap<>(this.reasons);
		}
	}

	/**
	 * Has a listener told of each part that is found from now on.
	 * @return the reasons by part that were found before
	 */
	public Map<String, String> listen(BiConsumer<String, String> listener) {
		synchronized (this.reasons) {
			this.listener = listener;
			return new LinkedHashMap<>(this.reasons);
		}
	}

}
