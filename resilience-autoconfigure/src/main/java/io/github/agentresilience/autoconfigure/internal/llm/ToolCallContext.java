package io.github.agentresilience.autoconfigure.internal.llm;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder;
import org.springframework.util.ClassUtils;

/**
 * The context of a stream's subscriber, which Spring AI puts on the thread of the tools
 * that run within the stream.
 */
public final class ToolCallContext {

	/** Spring AI's class, which an application without chat models does not have. */
	public static final String HOLDER = "org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder";

	private static final boolean PRESENT = ClassUtils.isPresent(HOLDER, ToolCallContext.class.getClassLoader());

	private ToolCallContext() {
	}

	/** {@code null} where the thread runs no such tool. */
	public static @Nullable ContextView current() {
		return PRESENT ? ToolCallReactiveContextHolder.getContext() : null;
	}

}
