package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;

/**
 * Keeps of the calls of the last hour what a replay needs: times, outcomes and tokens. It
 * is on the way of every call, so it takes no lock and makes no object there; it holds
 * {@value #ROWS} rows at most, one for each call and each attempt, which is 1.7 MB, and
 * makes room for them as they come.
 */
public final class Recorder implements ChainListener {

	/** Of calls and attempts together; more than that push out the oldest. */
	public static final int ROWS = 32 * Rows.CHUNK;

	/** How far back it looks. */
	public static final Duration SPAN = Duration.ofHours(1);

	static final byte ATTEMPT = 0;

	static final byte CALL = 1;

	static final int NONE = -1;

	static final int STREAMING = 1;

	static final int COUNTS = 2;

	static final int UNCLEAR = 4;

	/** Of a call that no user made. */
	static final int UNSCORED = 8;

	private static final CallObserver NO_OBSERVER = new CallObserver() {
	};

	private final Rows rows;

	private final Time time;

	private final List<RecordedChain> chains = new CopyOnWriteArrayList<>();

	/** A recorder of {@value #ROWS} rows. */
	public Recorder(Time time) {
		this(time, ROWS);
	}

	Recorder(Time time, int rows) {
		this.time = time;
		this.rows = new Rows(rows);
	}

	@Override
	public ChainListener forChain(Chain chain) {
		synchronized (this.chains) {
			this.chains.add(new RecordedChain(chain.layer(), chain.name(),
					chain.targets().stream().map(Chain.Link::name).toList()));
			return new OfChain(this.rows, this.chains.size() - 1);
		}
	}

	/** Never called: each chain has its own listener. */
	@Override
	public CallObserver callStarted(Call call) {
		return NO_OBSERVER;
	}

	/** What has been recorded within the last hour. */
	public Recording recording() {
		return recording(SPAN);
	}

	Recording recording(Duration span) {
		return RecordingReader.read(this.rows, List.copyOf(this.chains), this.time, span);
	}

	/** Keeps nothing between the events of a call, so it observes all of them itself. */
	private static final class OfChain implements ChainListener, CallObserver {

		private final Rows rows;

		private final int chain;

		OfChain(Rows rows, int chain) {
			this.rows = rows;
			this.chain = chain;
		}

		@Override
		public CallObserver callStarted(Call call) {
			return this;
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			Call call = attempt.call();
			Failure failure = attempt.failure();
			TokenUsage usage = attempt.usage();
			int flags = flags(call);
			if (failure != null) {
				flags |= (failure.countsForBreaker() ? COUNTS : 0) | (failure.unclear() ? UNCLEAR : 0);
			}
			Duration retryAfter = (failure != null) ? failure.retryAfter() : null;
			this.rows.add(ATTEMPT, this.chain, attempt.position(), call.startNanos(), attempt.startNanos(),
					micros(attempt.durationNanos()), micros(attempt.responseNanos()), attempt.outcome().ordinal(),
					(failure != null) ? failure.kind().ordinal() : NONE, flags,
					(failure != null) ? failure.status() : 0, (retryAfter != null) ? millis(retryAfter) : 0,
					(usage != null) ? tokens(usage.input()) : NONE, (usage != null) ? tokens(usage.output()) : NONE);
		}

		@Override
		public void callEnded(Call call) {
			// What a turn may spend says nothing of how the chain does
			Call.Outcome outcome = (call.failure() instanceof BudgetExhaustedException) ? Call.Outcome.CANCELLED
					: call.outcome();
			this.rows.add(CALL, this.chain, NONE, call.startNanos(), call.startNanos(), micros(call.durationNanos()),
					NONE, outcome.ordinal(), NONE, flags(call), 0, 0, NONE, NONE);
		}

		private static int flags(Call call) {
			return (call.isStreaming() ? STREAMING : 0) | (call.isScored() ? 0 : UNSCORED);
		}

		private static int micros(long nanos) {
			return (int) Math.min(Integer.MAX_VALUE, Math.max(0, nanos / 1000));
		}

		private static int millis(Duration duration) {
			return (int) Math.min(Integer.MAX_VALUE, Math.max(0, Nanos.of(duration) / 1_000_000));
		}

		private static int tokens(long count) {
			return (int) Math.min(Integer.MAX_VALUE, count);
		}

	}

}
