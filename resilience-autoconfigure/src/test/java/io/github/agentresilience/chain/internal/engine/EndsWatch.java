package io.github.agentresilience.chain.internal.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;

import static org.assertj.core.api.Assertions.assertThat;

/** Behaves well, and counts what it is told. */
final class EndsWatch implements ChainListener, CallObserver {

	private final Map<Call, AtomicInteger> ends = new ConcurrentHashMap<>();

	private final Map<Attempt, AtomicInteger> attempts = new ConcurrentHashMap<>();

	@Override
	public CallObserver callStarted(Call call) {
		this.ends.put(call, new AtomicInteger());
		return this;
	}

	@Override
	public void attemptStarted(Attempt attempt) {
		this.attempts.put(attempt, new AtomicInteger());
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		this.attempts.get(attempt).incrementAndGet();
	}

	@Override
	public void callEnded(Call call) {
		this.ends.get(call).incrementAndGet();
	}

	private String describe(Map.Entry<Call, AtomicInteger> end) {
		return end.getValue() + " ends as " + end.getKey().outcome() + ", attempts "
				+ this.attempts.keySet()
					.stream()
					.filter((attempt) -> attempt.call() == end.getKey())
					.map((attempt) -> attempt.ordinal() + " on " + attempt.target()
							+ (attempt.isHedge() ? " hedge " : " ") + attempt.outcome() + " " + attempt.failure())
					.sorted()
					.toList();
	}

	void assertComplete() {
		assertThat(this.ends.entrySet().stream().filter((end) -> end.getValue().get() != 1).map(this::describe))
			.as("calls of %s that did not end once", this.ends.size())
			.isEmpty();
		assertThat(this.attempts.values().stream().filter((count) -> count.get() != 1).count())
			.as("attempts of %s that did not end once", this.attempts.size())
			.isZero();
		assertThat(this.ends.keySet()).noneMatch((call) -> call.outcome() == Call.Outcome.PENDING);
	}

}
