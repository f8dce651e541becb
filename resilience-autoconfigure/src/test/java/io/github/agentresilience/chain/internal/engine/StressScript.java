package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.budget.TurnAccount;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One call of a chain in which everything is drawn by lot, and what must be so when it is
 * over: each attempt has ended once, and nothing that was taken is left.
 */
final class StressScript implements Callable<Boolean>, ChainListener, CallObserver {

	/** Three retries in all, since its clock stands still. */
	private static final int RETRIES = Defaults.RETRY_FLOOR_PER_SECOND;

	private static final int HALF_OPEN_CALLS = 2;

	private static final Duration DEADLINE = Duration.ofMillis(120);

	private final ScheduledExecutorService cancelling;

	private final int number;

	private final boolean stream;

	private final int cancelAfterMillis;

	private final CallSpec spec;

	private final RetryBudget budget = new RetryBudget(0, () -> 0L);

	private final List<GuardedTarget<String, String>> targets = new ArrayList<>();

	private final TargetChain<String, String> chain;

	private final TurnAccount account;

	private final Turn turn;

	private final StringBuilder drawn = new StringBuilder();

	private final Map<Long, AtomicInteger> ends = new ConcurrentHashMap<>();

	private final Map<Long, Attempt> started = new ConcurrentHashMap<>();

	private final AtomicInteger callEnds = new AtomicInteger();

	private final AtomicInteger startedAfterEnd = new AtomicInteger();

	private final Object cancelLock = new Object();

	private @Nullable Thread caller;

	StressScript(int number, ChainRuntime runtime, ScheduledExecutorService cancelling) {
		this.cancelling = cancelling;
		Random random = new Random(4711L * number);
		this.number = number;
		this.stream = random.nextBoolean();
		this.cancelAfterMillis = (random.nextInt(4) == 0) ? random.nextInt(60) : -1;
		boolean hedging = random.nextBoolean();
		boolean beans = random.nextInt(3) == 0;
		this.spec = new CallSpec(true, null, null, false, random.nextInt(5) > 0, () -> true);
		int size = 1 + random.nextInt(3);
		int attempts = 1 + random.nextInt(3);
		this.drawn.append(this.stream ? "stream" : "call")
			.append(hedging ? " hedged" : "")
			.append(beans ? " beans" : "")
			.append(" attempts=")
			.append(attempts)
			.append(" cancel=")
			.append(this.cancelAfterMillis);
		for (int i = 0; i < size; i++) {
			this.targets.add(target(random, "t" + i, hedging, beans, attempts));
		}
		ChainServices<String> services = new ChainServices<>(Layer.LLM, runtime, StressScript::classify,
				new AnswerInspector<>() {
					@Override
					public @Nullable Failure judge(String answer) {
						return answer.equals("tool error") ? Failure.tool("tool", new IllegalStateException()) : null;
					}

					@Override
					public boolean isOutput(String chunk) {
						return !chunk.isEmpty();
					}
				}, this.budget, List.of(this));
		this.chain = new TargetChain<>(services, "test", this.targets,
				new ChainPolicy(DEADLINE, WhenAllOpen.LAST_TARGET, Routing.PRIORITY, 1), null, new Judge());
		int most = 1 + random.nextInt(8);
		this.drawn.append(" budget=").append(most);
		this.account = this.chain.account(TurnBudget.unlimited().modelCalls(most), null);
		this.turn = Turn.within(null, null, 0, this.account);
	}

	private GuardedTarget<String, String> target(Random random, String name, boolean hedging, boolean bean,
			int attempts) {
		List<ScriptedTarget.Behaviour> behaviours = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			behaviours.add(ScriptedTarget.Behaviour.values()[random.nextInt(ScriptedTarget.Behaviour.values().length)]);
		}
		BreakerPolicy policy = new BreakerPolicy(20, 3, 50, Duration.ofSeconds(5), 80, Duration.ofSeconds(60),
				HALF_OPEN_CALLS);
		CircuitBreaker breaker = CircuitBreaker.of(name, policy.toConfig());
		int state = random.nextInt(4);
		if (state < 2) {
			breaker.transitionToOpenState();
		}
		if (state == 0) {
			breaker.transitionToHalfOpenState();
		}
		boolean complete = random.nextBoolean();
		this.drawn.append(' ')
			.append(name)
			.append(breaker.getState())
			.append(complete ? " complete" : "")
			.append(behaviours);
		return new GuardedTarget<>(new ScriptedTarget(name, !bean, behaviours), breaker,
				new TargetPolicy(ChainFixture.retry(attempts, Duration.ofMillis(random.nextInt(8)), Duration.ZERO),
						TimeoutPolicy.of(Duration.ofMillis(15 + random.nextInt(20))),
						new HedgePolicy(hedging, Duration.ofMillis(1 + random.nextInt(8))),
						complete ? StreamCommit.COMPLETE : StreamCommit.FIRST_CHUNK, Defaults.WEIGHT));
	}

	private static Failure classify(Throwable thrown) {
		return switch (String.valueOf(thrown.getMessage())) {
			case "unclear" -> Failure.unclearRefusal(422, "unclear", thrown);
			case "refused" -> Failure.caller(400, "refused", thrown);
			default -> Failure.ofTransient(503, "down", thrown);
		};
	}

	@Override
	public Boolean call() throws Exception {
		return this.stream ? streamed() : called();
	}

	private boolean streamed() throws InterruptedException {
		CountDownLatch ended = new CountDownLatch(1);
		Disposable subscriber = this.chain.stream("q", this.spec)
			.contextWrite((context) -> context.put(Turn.KEY, this.turn))
			.doFinally((signal) -> ended.countDown())
			.subscribe((chunk) -> {
			}, (error) -> {
			});
		if (this.cancelAfterMillis >= 0 && !ended.await(this.cancelAfterMillis, TimeUnit.MILLISECONDS)) {
			subscriber.dispose();
		}
		return ended.await(20, TimeUnit.SECONDS);
	}

	private boolean called() {
		synchronized (this.cancelLock) {
			this.caller = Thread.currentThread();
		}
		if (this.cancelAfterMillis >= 0) {
			this.cancelling.schedule(this::interrupt, this.cancelAfterMillis, TimeUnit.MILLISECONDS);
		}
		long start = System.nanoTime();
		try {
			this.turn.during(() -> this.chain.call("q", this.spec));
		}
		catch (RuntimeException ex) {
			// Each is an end
		}
		synchronized (this.cancelLock) {
			this.caller = null;
			Thread.interrupted();
		}
		return System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20);
	}

	private void interrupt() {
		synchronized (this.cancelLock) {
			if (this.caller != null) {
				this.caller.interrupt();
			}
		}
	}

	@Override
	public CallObserver callStarted(Call call) {
		return this;
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		this.started.put(attempt.id(), attempt);
		if (this.callEnds.get() > 0) {
			this.startedAfterEnd.incrementAndGet();
		}
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		this.ends.computeIfAbsent(attempt.id(), (id) -> new AtomicInteger()).incrementAndGet();
	}

	@Override
	public void callEnded(Call call) {
		this.callEnds.incrementAndGet();
	}

	void verify() {
		// What follows from a hedge that the caller no longer waits for comes when
		// the hedge has ended
		Awaitility.await()
			.alias(toString())
			.atMost(Duration.ofSeconds(20))
			.pollDelay(Duration.ZERO)
			.until(() -> this.callEnds.get() > 0 && this.ends.size() == this.started.size());
		assertThat(this.callEnds).as("%s: ends of the call", this).hasValue(1);
		assertThat(this.startedAfterEnd).as("%s: attempts started after the call's end", this).hasValue(0);
		assertThat(this.ends.keySet()).as("%s: attempts ended", this).isEqualTo(this.started.keySet());
		assertThat(this.ends.values()).as("%s: ends of each attempt", this)
			.allSatisfy((count) -> assertThat(count).hasValue(1));
		assertThat(this.started.values()).as("%s: outcomes", this)
			.allSatisfy((attempt) -> assertThat(attempt.outcome()).isNotIn(Attempt.Outcome.PENDING,
					Attempt.Outcome.DEFERRED));
		Awaitility.await()
			.alias(this + ": nothing is reserved of the turn's budget")
			.pollDelay(Duration.ZERO)
			.until(this.account::isEven);
		// One whose subscriber leaves while it begins may not have come to its target
		long cancelled = this.started.values()
			.stream()
			.filter((each) -> each.outcome() == Attempt.Outcome.CANCELLED)
			.count();
		assertThat(this.account.spent().modelCalls()).as("%s: spent of the turn's budget", this)
			.isBetween(this.started.size() - (int) cancelled, this.started.size());
		int left = 0;
		while (this.budget.tryRetry() != null) {
			left++;
		}
		long retries = this.started.values()
			.stream()
			.filter((each) -> ((ActiveAttempt<?, ?>) each).isRetry() || each.isBackup())
			.count();
		assertThat(left).as("%s: retries left in the budget", this).isEqualTo((int) (RETRIES - retries));
		for (GuardedTarget<String, String> target : this.targets) {
			int bypasses = 0;
			while (target.tryBypass() != null) {
				bypasses++;
			}
			assertThat(bypasses).as("%s: calls let past the open breaker of %s", this, target)
				.isEqualTo(HALF_OPEN_CALLS);
			CircuitBreaker breaker = target.breaker();
			if (breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
				int permits = breaker.getMetrics().getNumberOfBufferedCalls();
				while (breaker.tryAcquirePermission()) {
					permits++;
				}
				assertThat(permits).as("%s: permits of %s", this, target).isEqualTo(HALF_OPEN_CALLS);
			}
		}
	}

	@Override
	public String toString() {
		return "script " + this.number + ": " + this.drawn;
	}

	/** An empty answer is a failure that may be all there is to say. */
	private static final class Judge implements AnswerJudge<String, String> {

		@Override
		public @Nullable Failure judge(String request, int position, String answer) {
			return switch (answer) {
				case "" -> Failure.ofTransient(0, "empty", new IllegalStateException());
				case "unacceptable" -> Failure.unacceptable("test", "not accepted");
				default -> null;
			};
		}

		@Override
		public @Nullable Failure judgeWhole(String request, int position, List<String> chunks) {
			return judge(request, position, String.join("", chunks));
		}

		@Override
		public boolean needsWholeStream(String request) {
			return false;
		}

		@Override
		public int badness(Failure why) {
			return (why.kind() == FailureKind.TRANSIENT) ? 1 : 0;
		}

		@Override
		public String markUnaccepted(String answer) {
			return answer;
		}

	}

}
