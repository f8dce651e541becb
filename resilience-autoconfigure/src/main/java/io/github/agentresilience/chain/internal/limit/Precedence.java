package io.github.agentresilience.chain.internal.limit;

/**
 * Which of the calls that wait for a target goes first; of equals, the one that came
 * first.
 *
 * @param begun whether it is part of a turn that has begun: what has been spent on that
 * is lost where it cannot go on
 * @param priority what the call says itself, higher first
 */
public record Precedence(boolean begun, int priority) implements Comparable<Precedence> {

	public static final Precedence NONE = new Precedence(false, 0);

	/** The one that goes first is the smaller one. */
	@Override
	public int compareTo(Precedence other) {
		return (this.begun != other.begun) ? (this.begun ? -1 : 1) : Integer.compare(other.priority, this.priority);
	}

}
