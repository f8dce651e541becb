package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.internal.time.Time;

/**
 * Locks that one instance of a fleet has at a time. All are asked for on the fleet's
 * worker.
 */
public final class FleetLocks {

	private final FleetLink link;

	private final Executor worker;

	private final Time time;

	private final Runnable tellsAll;

	/**
	 * Locks of a fleet.
	 * @param tellsAll tells what this instance has yet to tell
	 */
	FleetLocks(FleetLink link, Executor worker, Time time, Runnable tellsAll) {
		this.link = link;
		this.worker = worker;
		this.time = time;
		this.tellsAll = tellsAll;
	}

	/**
	 * Takes a lock, or prolongs it. Waits for the store for a few seconds at most, so not
	 * on the thread of a call.
	 * @return for how long another instance has it; zero when this one has, or when the
	 * store cannot be asked
	 */
	public Duration lock(String name, Duration ttl) throws InterruptedException {
		CompletableFuture<Duration> answer = new CompletableFuture<>();
		this.worker.execute(() -> {
			boolean told = this.link.isConnected()
					&& this.link.use((channel) -> answer.complete(channel.lock(name, ttl)));
			if (!told) {
				answer.complete(Duration.ZERO);
			}
		});
		try {
			return this.time.await(answer, Fleet.MOST_WAIT_NANOS);
		}
		catch (TimeoutException | ExecutionException ex) {
			return Duration.ZERO;
		}
	}

	/** Releases a lock, later, where this instance has it. */
	public void unlock(String name) {
		this.worker.execute(() -> release(name));
	}

	private void release(String name) {
		if (this.link.isConnected()) {
			this.link.use((channel) -> channel.unlock(name));
		}
	}

	void askForTurn(TrialTurn turn, int question) {
		this.worker.execute(() -> {
			boolean told = this.link.isConnected() && this.link.use((channel) -> {
				if (turn.answered(question, channel.lock(turn.lock(), TrialTurn.UNUSED_LOCK))) {
					channel.unlock(turn.lock());
				}
			});
			if (!told) {
				turn.unanswered();
			}
		});
	}

	void prolongTurn(TrialTurn turn) {
		this.worker.execute(() -> {
			if (this.link.isConnected()) {
				this.link.use((channel) -> channel.lock(turn.lock(), turn.usedLock()));
			}
		});
	}

	/** After what has been found out is told. */
	void endTurn(TrialTurn turn) {
		this.worker.execute(() -> {
			this.tellsAll.run();
			release(turn.lock());
		});
	}

}
