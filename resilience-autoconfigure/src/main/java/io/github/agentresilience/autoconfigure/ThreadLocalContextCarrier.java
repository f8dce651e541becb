package io.github.agentresilience.autoconfigure;

import java.util.concurrent.Callable;

import io.github.agentresilience.chain.ContextCarrier;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;

/**
 * Carries every ThreadLocal that is registered with context-propagation.
 */
final class ThreadLocalContextCarrier implements ContextCarrier {

	private final ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();

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
