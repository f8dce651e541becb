package io.github.agentresilience.chaos.internal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.Fault;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps the faults that are active, and decides which of them hits an attempt.
 */
public final class FaultInjector implements Chaos {

	private final List<Injection> active = new CopyOnWriteArrayList<>();

	private final AtomicLong ids = new AtomicLong();

	private final Clock clock;

	private final Scheduler scheduler;

	/**
	 * Without faults.
	 * @param clock says when they are over
	 * @param scheduler delays streams
	 */
	public FaultInjector(Clock clock, Scheduler scheduler) {
		this.clock = clock;
		this.scheduler = scheduler;
	}

	/** What delays go by. */
	Scheduler scheduler() {
		return this.scheduler;
	}

	@Override
	public Injection inject(Fault fault, Layer layer, @Nullable String target) {
		return inject(fault, layer, target, Fault.DEFAULT_TTL);
	}

	@Override
	public Injection inject(Fault fault, Layer layer, @Nullable String target, Duration ttl) {
		return inject("fault-" + this.ids.incrementAndGet(), fault, layer, target, ttl);
	}

	/**
	 * Injects a fault that has an id already.
	 * @see #inject(Fault, Layer, String, Duration)
	 */
	public synchronized Injection inject(String id, Fault fault, Layer layer, @Nullable String target, Duration ttl) {
		fault.requireLayer(layer);
		Fault.require(!ttl.isNegative() && !ttl.isZero() && ttl.compareTo(Fault.LONGEST_TTL) <= 0, "ttl",
				"must be more than 0 and at most 1h");
		removeEnded();
		Fault.require(this.active.size() < MOST_AT_ONCE, "fault",
				"cannot be injected while " + MOST_AT_ONCE + " others are active");
		Injection injected = new Injection(id, fault, layer, target, ttl, this.clock.instant());
		this.active.add(injected);
		return injected;
	}

	@Override
	public List<ActiveFault> active() {
		removeEnded();
		return List.copyOf(this.active);
	}

	@Override
	public boolean remove(String id) {
		removeEnded();
		return this.active.removeIf((fault) -> fault.id().equals(id));
	}

	@Override
	public void clear() {
		this.active.clear();
	}

	/**
	 * The first fault that hits this attempt, of a probe or of somebody's call.
	 * @param suits whether what a fault does can show in the attempt
	 */
	@Nullable Injection next(Layer layer, String target, @Nullable String operation, Predicate<Behaviour> suits, boolean probe) {
		if (this.active.isEmpty()) {
			return null;
		}
		Instant now = this.clock.instant();
		Injection hit = null;
		boolean ended = false;
		for (Injection fault : this.active) {
			if (fault.isOver(now)) {
				ended = true;
			}
			else if (fault.concerns(layer, target, operation) && suits.test(fault.behaviour()) && fault.hit(probe)) {
				hit = fault;
				break;
			}
		}
		if (ended) {
			removeEnded();
		}
		return hit;
	}

	private void removeEnded() {
		Instant now = this.clock.instant();
		this.active.removeIf((fault) -> fault.isOver(now));
	}

}
