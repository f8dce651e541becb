package io.github.agentresilience.chain.internal.guard;

/**
 * Whether what happens to a target on this thread happens because other instances have
 * told of it.
 */
public final class Advice {

	private static final ThreadLocal<Boolean> FOLLOWED = new ThreadLocal<>();

	private Advice() {
	}

	/** Does what others have told. */
	public static void follow(Runnable task) {
		FOLLOWED.set(true);
		try {
			task.run();
		}
		finally {
			FOLLOWED.remove();
		}
	}

	public static boolean isFollowed() {
		return FOLLOWED.get() != null;
	}

}
