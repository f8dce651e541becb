package io.github.agentresilience.llm.internal.failure;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.Prompt;

/**
 * The prompts that exceptions may quote, of models whose wire is not ours. A classifier
 * is given an exception and nothing else, and what a prompt says of errors must not
 * decide what an error is taken for.
 */
public final class QuotedPrompts {

	private static final Map<Throwable, Prompt> PROMPTS = Collections.synchronizedMap(new WeakHashMap<>());

	private QuotedPrompts() {
	}

	public static void remember(Throwable thrown, Prompt prompt) {
		try {
			PROMPTS.put(thrown, prompt);
		}
		catch (RuntimeException ex) {
			// An exception whose own hashCode or equals fails is read as it is
		}
	}

	/** The prompt that the exception, or one that it was wrapped into, was thrown for. */
	static @Nullable Prompt of(Throwable thrown) {
		try {
			return PROMPTS.get(thrown);
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

}
