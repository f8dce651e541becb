package io.github.agentresilience.chaos.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Fault;
import org.jspecify.annotations.Nullable;

/**
 * One injection of a fault, with what it does and how often it still does it.
 */
public final class Injection implements ActiveFault {

	private final String id;

	private final Fault fault;

	private final Layer layer;

	private final @Nullable String target;

	private final Duration ttl;

	private final Instant until;

	private final Behaviour behaviour;

	private final AtomicInteger left;

	private final AtomicInteger probesHit = new AtomicInteger();

	private final boolean counted;

	Injection(String id, Fault fault, Layer layer, @Nullable String target, Duration ttl, Instant now) {
		this.id = id;
		this.fault = fault;
		this.layer = layer;
		this.target = target;
		this.ttl = ttl;
		this.until = now.plus(ttl);
		this.behaviour = Behaviours.of(fault);
		Integer count = fault.count();
		this.counted = count != null;
		this.left = new AtomicInteger(count != null ? count : 0);
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public Fault fault() {
		return this.fault;
	}

	@Override
	public Layer layer() {
		return this.layer;
	}

	@Override
	public @Nullable String target() {
		return this.target;
	}

	@Override
	public Duration ttl() {
		return this.ttl;
	}

	@Override
	public Instant until() {
		return this.until;
	}

	@Override
	public @Nullable Integer left() {
		return this.counted ? Math.max(0, this.left.get()) : null;
	}

	Behaviour behaviour() {
		return this.behaviour;
	}

	boolean isOver(Instant now) {
		return !now.isBefore(this.until) || (this.counted && this.left.get() <= 0);
	}

	boolean concerns(Layer layer, String target, @Nullable String operation) {
		return this.layer == layer && (this.target == null || this.target.equals(target))
				&& (this.fault.tool() == null || this.fault.tool().equals(operation));
	}

	/** How many probes of experiments it has hit. */
	public int probesHit() {
		return this.probesHit.get();
	}

	/** Takes one hit off the count, if there is one left and chance has it. */
	boolean hit(boolean probe) {
		if (!this.behaviour.strikes()) {
			return false;
		}
		if (this.counted && this.left.getAndUpdate((now) -> now > 0 ? now - 1 : 0) <= 0) {
			return false;
		}
		if (probe) {
			this.probesHit.incrementAndGet();
		}
		return true;
	}

}
