package io.github.agentresilience.fleet.internal;

/**
 * One thing that instances know of one target in common.
 */
final class Slot {

	private final SharedTarget target;

	private final Kind kind;

	private final String key;

	/** Of what is known; only the fleet's worker asks. */
	private long version;

	Slot(SharedTarget target, String id, Kind kind) {
		this.target = target;
		this.kind = kind;
		this.key = id + "/" + kind.id;
	}

	String key() {
		return this.key;
	}

	Kind kind() {
		return this.kind;
	}

	SharedTarget target() {
		return this.target;
	}

	boolean isNews(long version) {
		return version > this.version;
	}

	void known(long version) {
		this.version = Math.max(version, this.version);
	}

	/** The kinds of things that are known. */
	enum Kind {

		/** Whether the breaker is open, by what calls have found out. */
		BREAKER("breaker"),

		/** Until when the target wants to be asked no more. */
		COOLDOWN("cooldown"),

		/** What the operator has decided. */
		OPERATOR("operator");

		private final String id;

		Kind(String id) {
			this.id = id;
		}

	}

}
