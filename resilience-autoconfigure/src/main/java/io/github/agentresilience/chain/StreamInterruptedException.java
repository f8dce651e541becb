package io.github.agentresilience.chain;

/**
 * A stream broke after part of it had gone to the subscriber, so no other target could
 * take over unnoticed. A cut stream never looks complete.
 */
public class StreamInterruptedException extends RuntimeException {

	private final String target;

	private final FailureKind kind;

	private final String textSoFar;

	public StreamInterruptedException(String target, Failure failure, String textSoFar) {
		super("The stream of '" + target + "' broke after " + textSoFar.length() + " characters (" + failure.kind().id()
				+ ": " + failure.message() + ")", AttemptFailureException.of(failure));
		this.target = target;
		this.kind = failure.kind();
		this.textSoFar = textSoFar;
	}

	public String target() {
		return this.target;
	}

	public FailureKind kind() {
		return this.kind;
	}

	/**
	 * The text that the subscriber has already seen.
	 * @return the text, empty where what was seen carries none
	 */
	public String textSoFar() {
		return this.textSoFar;
	}

}
