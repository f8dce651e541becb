package io.github.agentresilience.autoconfigure;

import java.util.concurrent.Callable;

import io.github.agentresilience.chain.ContextCarrier;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder;
import org.springframework.util.ClassUtils;

/**
 * Carries every ThreadLocal that is registered with context-propagation.
 */
final class ThreadLocalContextCarrier implements ContextCarrier {

	private static final boolean LENT_BY_SPRING_AI = ClassUtils.isPresent(
			"org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder",
			ThreadLocalContextCarrier.class.getClassLoader());

	private final ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();

	/** Spring AI lends tools that run within a stream the context of its subscriber. */
	@Override
	public @Nullable ContextView streamContext() {
		return LENT_BY_SPRING_AI ? ToolCallReactiveContextHolder.getContext() : null;
	}

	@Override
	public Carried capture() {
		ContextSnapshot snapshot = this.snapshots.captureAll();
		return new Carried() {
			@Override
			public <T> T call(Callable<T> task) throws Exception {
				try (ContextSnapshot.Scope ignored = snapshot.setThreadLocals()) {
					return task.call();
				}
			}
		};
	}

}
