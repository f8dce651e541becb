package io.github.agentresilience.autoconfigure;

import java.util.concurrent.Callable;

import io.github.agentresilience.chain.ContextCarrier;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder;
import org.springframework.util.ClassUtils;

/**
 * Carries every ThreadLocal that is registered with context-propagation, and the MDC, which nobody registers there.
 */
final class ThreadLocalContextCarrier implements ContextCarrier {

	private static final boolean LENT_BY_SPRING_AI = ClassUtils.isPresent(
			"org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder",
			ThreadLocalContextCarrier.class.getClassLoader());

	private final ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();

	/** In a registry of its own: the application's stays as it is, and may hold an accessor of the MDC too. */
	private final ContextSnapshotFactory mdc = ContextSnapshotFactory.builder()
		.contextRegistry(new ContextRegistry().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor()))
		.clearMissing(true)
		.build();

	/** Spring AI lends tools that run within a stream the context of its subscriber. */
	@Override
	public @Nullable ContextView streamContext() {
		return LENT_BY_SPRING_AI ? ToolCallReactiveContextHolder.getContext() : null;
	}

	@Override
	public Carried capture() {
		ContextSnapshot mdcOfCaller = this.mdc.captureAll();
		ContextSnapshot snapshot = this.snapshots.captureAll();
		return new Carried() {
			@Override
			public <T> T call(Callable<T> task) throws Exception {
				// The MDC first: opening the observation's scope may put the ids of its span there
				try (ContextSnapshot.Scope mdcScope = mdcOfCaller.setThreadLocals();
						ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
					return task.call();
				}
			}
		};
	}

}
