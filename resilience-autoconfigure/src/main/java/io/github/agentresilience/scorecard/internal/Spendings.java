package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.budget.Purpose;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;

/**
 * What the chains of chat models spend, by chain and target.
 */
final class Spendings {

	private final Time time;

	private final Map<Key, SpendLedger> ledgers = new ConcurrentHashMap<>();

	Spendings(Time time) {
		this.time = time;
	}

	/**
	 * Who keeps the ledgers of a chain, {@code null} for one that uses no tokens.
	 */
	@Nullable CallObserver of(Chain chain) {
		if (chain.layer() != Layer.LLM) {
			return null;
		}
		return new Keeper(chain.targets()
			.stream()
			.map((target) -> this.ledgers.computeIfAbsent(new Key(chain.name(), target.name()),
					(key) -> new SpendLedger(this.time)))
			.toArray(SpendLedger[]::new));
	}

	Spending ofChain(Chain chain) {
		return chain.targets()
			.stream()
			.map((target) -> of(new Key(chain.name(), target.name())))
			.reduce(Spending.NONE, Spending::plus);
	}

	private Spending of(Key key) {
		SpendLedger ledger = this.ledgers.get(key);
		return (ledger != null) ? ledger.total() : Spending.NONE;
	}

	/** What a target spent, whichever chains asked it. */
	Spending ofTarget(String target) {
		return this.ledgers.entrySet()
			.stream()
			.filter((each) -> each.getKey().target.equals(target))
			.map((each) -> each.getValue().total())
			.reduce(Spending.NONE, Spending::plus);
	}

	/**
	 * The latest hours, the present one included, in which anything was spent, the oldest
	 * first.
	 * @param count how many, empty ones included
	 * @param chains in whose order
	 */
	List<SpendHour> hours(int count, List<Chain> chains) {
		Instant since = this.time.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(count - 1));
		Map<Instant, Map<String, Map<String, Spending>>> hours = new TreeMap<>();
		for (Chain chain : chains) {
			for (Chain.Link target : chain.targets()) {
				SpendLedger ledger = this.ledgers.get(new Key(chain.name(), target.name()));
				if (ledger != null) {
					ledger.hours(since)
						.forEach((at, spending) -> hours.computeIfAbsent(at, (key) -> new LinkedHashMap<>())
							.computeIfAbsent(chain.name(), (key) -> new LinkedHashMap<>())
							.put(target.name(), spending));
				}
			}
		}
		return hours.entrySet().stream().map((hour) -> new SpendHour(hour.getKey(), hour.getValue())).toList();
	}

	void reset() {
		this.ledgers.values().forEach(SpendLedger::reset);
	}

	private record Key(String chain, String target) {
	}

	/** Keeps nothing between the events of a call, so it observes all calls itself. */
	private record Keeper(SpendLedger[] byPosition) implements CallObserver {

		@Override
		public void attemptEnded(Attempt attempt) {
			Purpose purpose = Purpose.ofEnded(attempt);
			if (purpose != null) {
				this.byPosition[attempt.position()].add(attempt, purpose);
			}
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			this.byPosition[attempt.position()].add(attempt, Purpose.ofJudged(attempt));
		}

	}

}
