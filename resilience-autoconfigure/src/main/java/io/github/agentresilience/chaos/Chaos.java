package io.github.agentresilience.chaos;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Injects faults and takes them away, for tests and for the actuator. Every fault ends by itself.
 */
public final class Chaos {

	private final List<ActiveFault> active = new CopyOnWriteArrayList<>();

	private final AtomicLong ids = new AtomicLong();

	private final Clock clock;

	public Chaos(Clock clock) {
		this.clock = clock;
	}

	/**
	 * Injects a fault for {@link Fault#DEFAULT_TTL}.
	 * @see #inject(Fault, Layer, String, Duration)
	 */
	public ActiveFault inject(Fault fault, Layer layer, @Nullable String target) {
		return inject(fault, layer, target, Fault.DEFAULT_TTL);
	}

	/**
	 * Injects a fault. It hits from the next attempt on.
	 * @param fault what
	 * @param layer on which leg
	 * @param target on which target, {@code null} for every target of the leg
	 * @param ttl for how long, at most {@link Fault#LONGEST_TTL}
	 * @return the injection
	 * @throws InvalidFaultException when the fault cannot hit that leg, or the time is out of bounds
	 */
	public ActiveFault inject(Fault fault, Layer layer, @Nullable String target, Duration ttl) {
		fault.requireLayer(layer);
		Fault.require(!ttl.isNegative() && !ttl.isZero() && ttl.compareTo(Fault.LONGEST_TTL) <= 0, "ttl",
				"must be more than 0 and at most 1h");
		ActiveFault injected = new ActiveFault("fault-" + this.ids.incrementAndGet(), fault, layer, target,
				ttl, this.clock.instant());
		this.active.add(injected);
		return injected;
	}

	/** The faults that may still hit, in the order of their injection. */
	public List<ActiveFault> active() {
		removeEnded();
		return List.copyOf(this.active);
	}

	/**
	 * Takes a fault away.
	 * @return whether it was there
	 */
	public boolean remove(String id) {
		removeEnded();
		return this.active.removeIf((fault) -> fault.id().equals(id));
	}

	/** Takes all faults away. */
	public void clear() {
		this.active.clear();
	}

	/** The first fault that hits this attempt, of a probe or of somebody's call. */
	@Nullable ActiveFault next(Layer layer, String target, @Nullable String operation, boolean streaming,
			boolean probe) {
		if (this.active.isEmpty()) {
			return null;
		}
		Instant now = this.clock.instant();
		for (ActiveFault fault : this.active) {
			if (!fault.isOver(now) && fault.concerns(layer, target, operation)
					&& (streaming || fault.behaviour().hitsCalls()) && fault.hit(probe)) {
				return fault;
			}
		}
		return null;
	}

	private void removeEnded() {
		Instant now = this.clock.instant();
		this.active.removeIf((fault) -> fault.isOver(now));
	}

}
