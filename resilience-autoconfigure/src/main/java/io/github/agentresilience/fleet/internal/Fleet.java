package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.fleet.FleetChannel;
import io.github.agentresilience.fleet.FleetEntry;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * This instance's part in a fleet: connects it, tells the others what happens to its
 * targets, and hears what happens to theirs. All that may have to wait is done by one
 * worker; calls only add to its queue.
 */
public final class Fleet implements AutoCloseable {

	private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

	/** What was told while nobody listened is found out by then. */
	private static final long READ_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(4_500);

	/** Longer than the store takes to fail. */
	static final long MOST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

	/** An instance that was not heard of for so long is gone. */
	private static final Duration INSTANCE_TTL = Duration.ofSeconds(30);

	private final FleetLink link;

	private final FleetHearing hearing;

	private final FleetLocks locks;

	private final ChainRegistry registry;

	private final Time time;

	private final SerialWorker worker;

	private final FleetStatus status;

	private final FleetLimits limits;

	private final Outbox outbox = new Outbox();

	private final AtomicBoolean telling = new AtomicBoolean();

	private volatile Disposable looking = Disposables.disposed();

	private long readAt;

	/**
	 * A part in a fleet.
	 * @param buckets where limits are kept together, {@code null} where each instance
	 * keeps to its share
	 * @param timeout how long a call waits for a bucket at most
	 * @param threads do the work
	 */
	public Fleet(String name, FleetChannel channel, @Nullable FleetBuckets buckets, Duration timeout,
			ChainRegistry registry, Time time, Executor threads) {
		this.registry = registry;
		this.time = time;
		this.worker = new SerialWorker(threads);
		this.status = new FleetStatus(name, UUID.randomUUID().toString(), time);
		this.link = new FleetLink(channel, this.status);
		this.hearing = new FleetHearing(this.status, this.worker, this.outbox::holds);
		this.locks = new FleetLocks(this.link, this.worker, time, this::tellAll);
		this.limits = new FleetLimits(buckets, timeout, this.status, time, threads);
	}

	/**
	 * Joins the fleet.
	 * @param most how long is waited to know the state of the targets, in nanoseconds
	 */
	public void start(long most) {
		this.link.begin();
		CompletableFuture<Boolean> known = new CompletableFuture<>();
		this.worker.execute(() -> {
			try {
				look();
			}
			finally {
				known.complete(true);
			}
		});
		this.looking = this.time.scheduleWithFixedDelay(this::look, LOOK_EVERY, this.worker);
		try {
			this.time.await(known, most);
		}
		catch (TimeoutException | ExecutionException goesOnWithout) {
			// It joins when it can
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	public FleetStatus status() {
		return this.status;
	}

	/** Locks that one instance has at a time. */
	public FleetLocks locks() {
		return this.locks;
	}

	Time time() {
		return this.time;
	}

	boolean isConnected() {
		return this.status.isConnected();
	}

	/** Looks for new targets, and after the connection. */
	private void look() {
		if (this.link.isClosed()) {
			return;
		}
		attach();
		boolean due = !this.link.isOpen() || this.time.nanos() - this.readAt >= READ_EVERY_NANOS;
		if (due) {
			this.link.use((channel) -> {
				if (!isConnected()) {
					channel.open(this.status.instance(), this.hearing);
				}
				read(channel);
				this.status.joined();
			});
		}
		tellAll();
		this.limits.look();
	}

	private void attach() {
		for (Layer layer : Layer.values()) {
			for (GuardedTarget<?, ?> target : this.registry.builtTargets(layer)) {
				String id = target.breaker().getName();
				if (!this.hearing.knows(id)) {
					SharedTarget shared = new SharedTarget(layer, target, this);
					this.hearing.add(id, shared);
					shared.attach();
					Limits limits = target.limits();
					if (limits != null) {
						this.limits.share(id, limits);
					}
					// Perhaps something is known of it
					this.readAt = this.time.nanos() - READ_EVERY_NANOS;
				}
			}
		}
	}

	private void read(FleetChannel channel) throws Exception {
		this.readAt = this.time.nanos();
		this.status.heardOf(channel.beat(INSTANCE_TTL));
		Map<String, FleetEntry> known = new HashMap<>();
		for (FleetEntry entry : channel.read(FleetHearing.STATE)) {
			known.put(entry.key(), entry);
			this.hearing.known(entry);
		}
		for (String topic : this.hearing.topics()) {
			channel.read(topic).forEach(this.hearing::known);
		}
		this.hearing.keepDecisions(known);
	}

	/** Counts something that was heard and is not understood. */
	public void ignored(String reason) {
		this.status.ignore(reason);
	}

	/**
	 * Hears more than how targets are.
	 * @param topic what is heard of; what is kept of it comes again from time to time
	 * @param listener is told on the fleet's worker
	 */
	public void listen(String topic, Consumer<FleetEntry> listener) {
		this.hearing.listen(topic, listener);
	}

	void tell(Slot slot, String value, long nanos) {
		tell(FleetHearing.STATE, slot.key(), value, nanos);
	}

	/**
	 * Tells the others, later and on another thread.
	 * @param nanos for how long it holds
	 */
	public void tell(String topic, String key, String value, long nanos) {
		this.outbox.add(new Outbox.Change(topic, key, value, this.time.nanos(), nanos));
		if (isConnected() && this.telling.compareAndSet(false, true)) {
			this.worker.execute(() -> {
				this.telling.set(false);
				tellAll();
			});
		}
	}

	/**
	 * Keeps something for whoever asks, later and on another thread. Where there is no
	 * room for it, the rest of the fleet goes on.
	 */
	public void keep(String topic, String key, String value, Duration ttl) {
		this.worker.execute(() -> this.link.tryToUse((channel) -> channel.keep(topic, key, value, ttl)));
	}

	/**
	 * What is kept of a topic. Waits for the store for a few seconds at most, so not on
	 * the thread of a call. Where it cannot be read, the rest of the fleet goes on.
	 * @return {@code null} where the store cannot be asked
	 */
	public @Nullable List<FleetEntry> ask(String topic) {
		CompletableFuture<List<FleetEntry>> answer = new CompletableFuture<>();
		this.worker.execute(() -> {
			this.link.tryToUse((channel) -> answer.complete(channel.read(topic)));
			answer.cancel(false);
		});
		try {
			return this.time.await(answer, MOST_WAIT_NANOS);
		}
		catch (TimeoutException | ExecutionException | CancellationException ex) {
			return null;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return null;
		}
	}

	private void tellAll() {
		while (isConnected() && !this.link.isClosed()) {
			Outbox.Change change = this.outbox.next();
			if (change == null) {
				return;
			}
			if (!this.link.use((channel) -> tell(channel, change))) {
				this.outbox.putBack(change);
			}
		}
	}

	private void tell(FleetChannel channel, Outbox.Change change) throws Exception {
		long age = Math.max(0, this.time.nanos() - change.sinceNanos());
		if (age >= change.ttlNanos()) {
			return;
		}
		FleetEntry holds = channel.put(change.topic(), change.key(), change.value(), Duration.ofNanos(age),
				Duration.ofNanos(change.ttlNanos()));
		if (holds != null) {
			this.hearing.known(holds);
		}
	}

	/** Tells how calls went, at its pace. */
	void tellRun(FailureRun run, long nanos) {
		if (isConnected()) {
			this.time.schedule(() -> this.link.use((channel) -> {
				String told = run.take();
				if (told != null && isConnected()) {
					channel.send(FleetHearing.CALLS, run.id(), told);
				}
			}), nanos, this.worker);
		}
	}

	@Override
	public void close() {
		this.looking.dispose();
		this.link.close();
	}

}
