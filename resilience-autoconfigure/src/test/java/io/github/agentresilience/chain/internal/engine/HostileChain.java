package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.TimedEntry;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import static org.assertj.core.api.Assertions.assertThat;

/** One chain, all of whose foreign code is the same. */
final class HostileChain implements AutoCloseable, ChainListener, CallObserver, ContextCarrier, AnswerInspector<String>,
		LastResort<String, String> {

	static final ThreadLocal<String> CALLER = new ThreadLocal<>();

	private static final Duration TIMEOUT = Duration.ofMillis(15);

	private static final Duration DEADLINE = Duration.ofMillis(40);

	/** For a machine that has other things to do; a call that hangs hangs for longer. */
	private static final Duration GRACE = Duration.ofSeconds(10);

	private static final int HALF_OPEN_CALLS = 2;

	private final Set<Thread> threadsBefore = ownThreads();

	final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

	final Hostile hostile;

	private final ScheduledExecutorService cancelling;

	private final ChainRuntime runtime;

	private final TargetChain<String, String> chain;

	private final List<EndsWatch> watches = List.of(new EndsWatch(), new EndsWatch());

	final Queue<String> wrongContexts = new ConcurrentLinkedQueue<>();

	HostileChain(String place, ScheduledExecutorService cancelling) {
		this.hostile = new Hostile(place);
		this.cancelling = cancelling;
		this.runtime = new ChainRuntime(new Workers(), this);
		ChainServices<String> services = new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> {
			this.hostile.at("classifier");
			return classify(thrown);
		}, this, new RetryBudget(0.5, System::nanoTime), List.of(this.watches.get(0), this, this.watches.get(1)));
		this.chain = new TargetChain<>(services, "test",
				List.of(target("a", true), target("b", false), target("c", true)),
				new ChainPolicy(DEADLINE, WhenAllOpen.LAST_TARGET, Routing.PRIORITY, 1), this, new Judge());
	}

	/** Accepts most answers. */
	private final class Judge implements AnswerJudge<String, String> {

		@Override
		public @Nullable Failure judge(String request, int position, String answer) {
			HostileChain.this.hostile.at("acceptance");
			return (request.hashCode() + position) % 5 == 0 ? Failure.unacceptable("test", "not accepted") : null;
		}

		@Override
		public @Nullable Failure judgeWhole(String request, int position, List<String> chunks) {
			return judge(request, position, "");
		}

		@Override
		public boolean needsWholeStream(String request) {
			HostileChain.this.hostile.at("acceptance");
			return request.hashCode() % 2 == 0;
		}

		@Override
		public int badness(Failure why) {
			HostileChain.this.hostile.at("acceptance");
			return 0;
		}

		@Override
		public String markUnaccepted(String answer) {
			HostileChain.this.hostile.at("acceptance");
			return answer;
		}

	}

	private static Set<Thread> ownThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("resilience-"))
			.collect(Collectors.toSet());
	}

	private GuardedTarget<String, String> target(String name, boolean cancellable) {
		CircuitBreakerConfig.Builder config = CircuitBreakerConfig
			.from(new BreakerPolicy(10, 5, 70, Duration.ofSeconds(5), 80, Duration.ofMillis(10), HALF_OPEN_CALLS)
				.toConfig());
		if (this.hostile.is("breaker record")) {
			config.recordException((thrown) -> {
				this.hostile.at("breaker record");
				return true;
			});
		}
		if (this.hostile.is("breaker ignore")) {
			config.ignoreException((thrown) -> {
				this.hostile.at("breaker ignore");
				return false;
			});
		}
		CircuitBreaker breaker = CircuitBreaker.of(name, config.build());
		breaker.getEventPublisher().onEvent((event) -> this.hostile.at("breaker event"));
		return new GuardedTarget<>(new HostileTarget(name, cancellable, this), breaker,
				new TargetPolicy(ChainFixture.retry(2, Duration.ofMillis(1), Duration.ZERO), TimeoutPolicy.of(TIMEOUT),
						new HedgePolicy(true, Duration.ofMillis(5)), StreamCommit.FIRST_CHUNK, Defaults.WEIGHT));
	}

	/** Makes a call and says what is wrong with its end. */
	Callable<@Nullable String> call(int number, Random random) {
		boolean stream = random.nextBoolean();
		int cancelAfter = (random.nextInt(8) == 0) ? random.nextInt(20) : -1;
		BooleanSupplier replayable = () -> {
			this.hostile.at("replayable");
			return true;
		};
		BooleanSupplier repeatable = () -> {
			this.hostile.at("repeatable");
			return true;
		};
		CallSpec spec = new CallSpec(true, null, (random.nextInt(6) == 0) ? Duration.ofMillis(8) : null, false,
				random.nextInt(3) > 0, replayable, repeatable);
		String request = number + ":" + random.nextInt(1 << 30);
		return () -> {
			CALLER.set(request);
			long start = System.nanoTime();
			try {
				Object end = stream ? stream(request, spec, cancelAfter) : call(request, spec, cancelAfter);
				Duration took = Duration.ofNanos(System.nanoTime() - start);
				return (took.compareTo(DEADLINE.plus(GRACE)) > 0) ? "took " + took : wrong(end);
			}
			finally {
				CALLER.remove();
			}
		};
	}

	private Object call(String request, CallSpec spec, int cancelAfter) {
		Thread thread = Thread.currentThread();
		Object lock = new Object();
		boolean[] left = new boolean[1];
		if (cancelAfter >= 0) {
			this.cancelling.schedule(() -> {
				synchronized (lock) {
					if (!left[0]) {
						thread.interrupt();
					}
				}
			}, cancelAfter, TimeUnit.MILLISECONDS);
		}
		Object end;
		try {
			end = this.chain.call(request, spec);
		}
		catch (Throwable ex) {
			end = ex;
		}
		synchronized (lock) {
			left[0] = true;
			if (Thread.interrupted() && cancelAfter < 0) {
				return "an interrupt is left over";
			}
		}
		return end;
	}

	private Object stream(String request, CallSpec spec, int cancelAfter) throws InterruptedException {
		CountDownLatch ended = new CountDownLatch(1);
		Object[] end = { "from nowhere" };
		Disposable subscriber = this.chain.stream(request, spec)
			.doFinally((signal) -> ended.countDown())
			.subscribe((chunk) -> end[0] = chunk, (error) -> end[0] = error);
		if (cancelAfter >= 0 && !ended.await(cancelAfter, TimeUnit.MILLISECONDS)) {
			subscriber.dispose();
		}
		return ended.await(DEADLINE.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS) ? end[0] : "did not end";
	}

	private @Nullable String wrong(Object end) {
		if (end instanceof Error error) {
			// A target's own goes to the caller as it is
			return this.hostile.is("target call") || this.hostile.is("target assembly")
					|| this.hostile.is("target subscription") || this.hostile.is("target chunk")
					|| this.hostile.is("target request") || this.hostile.is("target cancellable")
					|| error instanceof AssertionError && this.hostile.is("target cancel") ? null : "threw " + error;
		}
		boolean typed = end instanceof ChainExhaustedException || end instanceof CallCancelledException
				|| end instanceof TargetFailureException || end instanceof NotReplayedException
				|| end instanceof StreamInterruptedException
				|| end instanceof IllegalArgumentException refusal && "refused".equals(refusal.getMessage())
				|| end instanceof IllegalArgumentException refusal && "unclear".equals(refusal.getMessage());
		return typed || end instanceof String answer && (answer.startsWith("from") || answer.equals("cut")
				|| answer.equals("tool error") || answer.isEmpty()) ? null : "ended with " + end;
	}

	void verify() throws Exception {
		for (EndsWatch watch : this.watches) {
			Awaitility.await().atMost(GRACE).pollDelay(Duration.ZERO).untilAsserted(watch::assertComplete);
		}
		if (!this.hostile.is("target cancel") && !this.hostile.is("target disposal")) {
			// What cannot be cancelled goes on
			Awaitility.await()
				.atMost(GRACE)
				.untilAsserted(() -> assertThat(this.exchanges).as("exchanges that go on").isEmpty());
		}
		Awaitility.await()
			.atMost(GRACE)
			.untilAsserted(() -> assertThat(this.runtime.timer().armed()).as("armed entries").isZero());
		CountDownLatch expired = new CountDownLatch(1);
		this.runtime.timer().arm(new Entry(expired), 1, null);
		assertThat(expired.await(GRACE.toSeconds(), TimeUnit.SECONDS)).as("the timer is alive").isTrue();
		assertThat(this.wrongContexts).isEmpty();
		List<Future<@Nullable String>> contexts = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			contexts.add(this.runtime.executor().submit(CALLER::get));
		}
		for (Future<@Nullable String> context : contexts) {
			assertThat(context.get()).as("context left on a thread").isNull();
		}
		this.chain.targets().forEach(this::verify);
	}

	private void verify(GuardedTarget<String, String> target) {
		int bypasses = 0;
		while (target.tryBypass() != null) {
			bypasses++;
		}
		assertThat(bypasses).as("calls let past the open breaker of %s", target).isEqualTo(HALF_OPEN_CALLS);
		CircuitBreaker breaker = target.breaker();
		if (breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
			int permits = breaker.getMetrics().getNumberOfBufferedCalls();
			while (breaker.tryAcquirePermission()) {
				permits++;
			}
			assertThat(permits).as("permits of %s", target).isEqualTo(HALF_OPEN_CALLS);
		}
	}

	@Override
	public void close() {
		this.runtime.close();
		Awaitility.await()
			.atMost(GRACE)
			.untilAsserted(() -> assertThat(ownThreads()).as("threads left over").isSubsetOf(this.threadsBefore));
	}

	@Override
	public ChainListener forChain(Chain chain) {
		for (int i = 0; i < 10; i++) {
			// It is asked once, so it had better throw
			this.hostile.at("forChain");
		}
		return this;
	}

	@Override
	public CallObserver callStarted(Call call) {
		this.hostile.at("callStarted");
		return this;
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		this.hostile.at("attemptStarted");
	}

	@Override
	public void attemptLeft(Attempt attempt) {
		this.hostile.at("attemptLeft");
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		this.hostile.at("attemptEnded");
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		this.hostile.at("attemptJudged");
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		this.hostile.at("targetSkipped");
	}

	@Override
	public void callEnded(Call call) {
		this.hostile.at("callEnded");
	}

	@Override
	public void callLeft() {
		this.hostile.at("callLeft");
	}

	@Override
	public Context contextFor(Attempt attempt, Context context) {
		this.hostile.at("contextFor");
		return context;
	}

	@Override
	public Carried capture() {
		this.hostile.at("capture");
		String captured = CALLER.get();
		return new Carried() {
			@Override
			public <T> T call(Callable<T> task) throws Exception {
				HostileChain.this.hostile.at("carry before");
				String before = CALLER.get();
				CALLER.set(captured);
				try {
					return task.call();
				}
				finally {
					if (before == null) {
						CALLER.remove();
					}
					else {
						CALLER.set(before);
					}
					HostileChain.this.hostile.at("carry after");
				}
			}
		};
	}

	@Override
	public @Nullable ContextView streamContext() {
		this.hostile.at("stream context");
		return null;
	}

	@Override
	public @Nullable Failure judge(String answer) {
		this.hostile.at("judge");
		return answer.equals("tool error") ? Failure.tool("tool", new IllegalStateException()) : null;
	}

	@Override
	public boolean isOutput(String chunk) {
		this.hostile.at("isOutput");
		return !chunk.isEmpty();
	}

	@Override
	public String textOf(String chunk) {
		this.hostile.at("textOf");
		return chunk;
	}

	@Override
	public @Nullable String answer(String request, ChainExhaustedException why) {
		this.hostile.at("last resort");
		return (request.hashCode() % 2 == 0) ? "from the last resort" : null;
	}

	private static Failure classify(Throwable thrown) {
		return switch (String.valueOf(thrown.getMessage())) {
			case "unclear" -> Failure.unclearRefusal(422, "unclear", thrown);
			case "refused" -> Failure.caller(400, "refused", thrown);
			default -> Failure.ofTransient(503, "down", thrown);
		};
	}

	private static final class Entry extends TimedEntry {

		private final CountDownLatch expired;

		Entry(CountDownLatch expired) {
			this.expired = expired;
		}

		@Override
		public void expired(AttemptTimer timer) {
			this.expired.countDown();
		}

		@Override
		public void waitingThreadInterrupted() {
			this.expired.countDown();
		}

	}

}
