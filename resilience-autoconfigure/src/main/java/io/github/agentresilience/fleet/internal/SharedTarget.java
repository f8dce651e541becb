package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.guard.Advice;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.SharedState;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One target of this instance as part of the fleet: tells what happens to it here, and
 * does what others tell of it, within the bounds of this instance's own settings.
 */
final class SharedTarget implements SharedState {

	/** In the place of a state: the operator has taken back what he had decided. */
	private static final String NONE = "NONE";

	/** In the place of a state: a target asks for a cooldown. */
	private static final String COOL = "COOL";

	/**
	 * How long it is known that a breaker has closed: what comes late cannot reopen it.
	 */
	private static final long CLOSED_TTL = TimeUnit.MINUTES.toNanos(10);

	/** How long an operator's decision is kept when no instance is left to know it. */
	static final long OPERATOR_TTL = TimeUnit.HOURS.toNanos(24);

	private static final Logger logger = LoggerFactory.getLogger("io.github.agentresilience.events");

	private final Layer layer;

	private final GuardedTarget<?, ?> target;

	private final Fleet fleet;

	private final TrialTurn turn;

	private final FailureRun run;

	private final Slot breakerSlot;

	private final Slot cooldownSlot;

	private final Slot operatorSlot;

	/** The thread that applies what was heard, which is not told again. */
	private volatile @Nullable Thread advised;

	/** What the operator has decided, {@code null} where nothing. */
	private volatile @Nullable State operator;

	SharedTarget(Layer layer, GuardedTarget<?, ?> target, Fleet fleet) {
		this.layer = layer;
		this.target = target;
		this.fleet = fleet;
		this.turn = new TrialTurn(target, fleet);
		this.run = new FailureRun(target, fleet);
		String id = target.breaker().getName();
		this.breakerSlot = new Slot(this, id, Slot.Kind.BREAKER);
		this.cooldownSlot = new Slot(this, id, Slot.Kind.COOLDOWN);
		this.operatorSlot = new Slot(this, id, Slot.Kind.OPERATOR);
	}

	void attach() {
		this.target.breaker().getEventPublisher().onStateTransition((event) -> moved(event.getStateTransition()));
		this.target.targetBreaker().share(this);
	}

	List<Slot> slots() {
		return List.of(this.breakerSlot, this.cooldownSlot, this.operatorSlot);
	}

	@Override
	public boolean mayTry() {
		return this.turn.mayTry();
	}

	@Override
	public long waitNanos() {
		return this.turn.waitNanos();
	}

	@Override
	public void coolsDown(long nanos) {
		this.fleet.tell(this.cooldownSlot, COOL, nanos);
	}

	@Override
	public void counted(boolean failed) {
		if (!failed) {
			this.run.answered();
		}
		else if (this.target.breaker().getState() == State.CLOSED) {
			this.run.failed();
		}
	}

	@Override
	public void cooldownEnded() {
		this.fleet.tell(this.cooldownSlot, NONE, CLOSED_TTL);
	}

	/** The breaker has moved, on whatever thread. */
	private void moved(StateTransition transition) {
		if (Thread.currentThread() == this.advised) {
			return;
		}
		State to = transition.getToState();
		State from = transition.getFromState();
		this.run.ends();
		if (to == State.HALF_OPEN) {
			this.turn.begins();
			return;
		}
		if (to == State.FORCED_OPEN || to == State.DISABLED) {
			this.operator = to;
			this.fleet.tell(this.operatorSlot, to.name(), OPERATOR_TTL);
		}
		else if (to == State.OPEN || to == State.CLOSED) {
			if (from == State.FORCED_OPEN || from == State.DISABLED) {
				this.operator = null;
				this.fleet.tell(this.operatorSlot, NONE, OPERATOR_TTL);
			}
			this.fleet.tell(this.breakerSlot, to.name(),
					(to == State.OPEN) ? this.target.targetBreaker().openForNanosAtMost() : CLOSED_TTL);
		}
		this.turn.ends();
	}

	/** Another instance tells how its calls went. On the fleet's worker. */
	void calls(FleetEntry entry) {
		if (this.target.breaker().getState() != State.CLOSED) {
			return;
		}
		if (!this.run.heard(entry.value())) {
			this.fleet.ignored("value");
		}
	}

	/** Does what another instance says. On the fleet's worker. */
	void heard(Slot.Kind kind, FleetEntry entry) {
		State before = this.target.breaker().getState();
		this.advised = Thread.currentThread();
		try {
			Advice.follow(() -> {
				switch (kind) {
					case BREAKER -> breaker(entry);
					case COOLDOWN -> cooldown(entry);
					case OPERATOR -> operator(entry);
				}
			});
		}
		finally {
			this.advised = null;
			if (this.target.breaker().getState() != before) {
				this.run.ends();
			}
		}
	}

	private void breaker(FleetEntry entry) {
		CircuitBreaker breaker = this.target.breaker();
		State state = breaker.getState();
		boolean mayMove = state == State.CLOSED || state == State.HALF_OPEN || state == State.OPEN;
		switch (entry.value()) {
			case "OPEN" -> {
				// What the operator decided here goes before
				if (mayMove) {
					long nanos = Math.min(nanos(entry), this.target.targetBreaker().openForNanosAtMost());
					this.turn.waits(nanos);
					if (state != State.OPEN) {
						this.target.targetBreaker().openFor(nanos);
						advised(State.OPEN.name(), ", for " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms", entry);
					}
				}
			}
			case "CLOSED" -> {
				if (mayMove && state != State.CLOSED) {
					this.target.targetBreaker().moveTo(State.CLOSED);
					advised(State.CLOSED.name(), "", entry);
				}
				this.turn.ends();
			}
			default -> this.fleet.ignored("value");
		}
	}

	private void cooldown(FleetEntry entry) {
		switch (entry.value()) {
			case COOL -> {
				long nanos = Math.min(nanos(entry), Nanos.of(Defaults.LONGEST_RETRY_AFTER));
				this.target.extendCooldown(this.fleet.time().nanos(), nanos);
				advised("COOLDOWN", ", for " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms", entry);
			}
			case NONE -> this.target.dropCooldown();
			default -> this.fleet.ignored("value");
		}
	}

	private void operator(FleetEntry entry) {
		switch (entry.value()) {
			case "FORCED_OPEN" -> operatorSays(State.FORCED_OPEN, entry);
			case "DISABLED" -> operatorSays(State.DISABLED, entry);
			case NONE -> {
				// Only what the fleet has done: an application may have a reason of its
				// own
				State before = this.operator;
				this.operator = null;
				if (before != null && this.target.breaker().getState() == before) {
					this.target.targetBreaker().moveTo(State.CLOSED);
					advised(State.CLOSED.name(), "", entry);
				}
			}
			default -> this.fleet.ignored("value");
		}
	}

	private void operatorSays(State state, FleetEntry entry) {
		this.operator = state;
		if (this.target.breaker().getState() != state) {
			this.target.targetBreaker().moveTo(state);
			advised(state.name(), "", entry);
		}
		this.turn.ends();
	}

	/**
	 * Keeps what the operator decided for those that come later, when it is about to be
	 * forgotten, or Redis has lost it.
	 * @param known what the store has
	 */
	void keepDecision(Map<String, FleetEntry> known) {
		State decided = this.operator;
		FleetEntry kept = known.get(this.operatorSlot.key());
		if (decided != null && (kept == null || nanos(kept) < OPERATOR_TTL / 2)) {
			this.fleet.tell(this.operatorSlot, decided.name(), OPERATOR_TTL);
		}
	}

	private static long nanos(FleetEntry entry) {
		Duration left = entry.left();
		return left.isNegative() ? 0 : Nanos.of(left);
	}

	private void advised(String state, String how, FleetEntry entry) {
		this.fleet.status().advised(state);
		logger.atInfo()
			.addKeyValue("event", "fleet-advice")
			.addKeyValue("layer", this.layer.id())
			.addKeyValue("target", this.target.name())
			.addKeyValue("to", state)
			.addKeyValue("instance", entry.instance())
			.log("The {} target '{}' is {} on the advice of instance {}{}", this.layer.id(), this.target.name(), state,
					entry.instance(), how);
	}

}
