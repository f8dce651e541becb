package io.github.agentresilience.chain;

/**
 * An attempt failed after it may have had its effect, and the call must not have it
 * twice, so no other target was asked. Whether it happened, only a look at the target's
 * side can tell. Its cause is the attempt's failure.
 */
public class NotReplayedException extends RuntimeException {

	private final String target;

	private final FailureKind kind;

	private final int status;

	public NotReplayedException(Call call, String target, Failure failure) {
		super("A call of the " + call.layer().id() + " chain '" + call.chain() + "' failed on '" + target + "' ("
				+ failure.kind().id() + (failure.status() != 0 ? " " + failure.status() : "")
				+ ") and may have run; it is not repeated, because running twice would not be the same",
				AttemptFailureException.of(failure));
		this.target = target;
		this.kind = failure.kind();
		this.status = failure.status();
	}

	/** Where it may have run. */
	public String target() {
		return this.target;
	}

	public FailureKind kind() {
		return this.kind;
	}

	/** The HTTP status or JSON-RPC code, 0 where there is none. */
	public int status() {
		return this.status;
	}

}
