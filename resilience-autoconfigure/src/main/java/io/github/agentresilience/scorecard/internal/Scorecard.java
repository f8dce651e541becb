package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.guard.Advice;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;

/**
 * Listens to all chains and says how they do. Percentiles look back over a window, counts
 * since the last reset.
 */
public final class Scorecard implements ChainListener {

	/** For how many hours it keeps what was spent in each. */
	public static final int HOURS_OF_SPENDING = SpendLedger.HOURS;

	private final Duration window;

	private final Time time;

	private final Map<TargetKey, TargetStats> targets = new ConcurrentHashMap<>();

	private final Map<Layer, Map<String, ScoredChain>> chains = new EnumMap<>(Layer.class);

	private final History history;

	private final Spendings spendings;

	private volatile Instant since;

	/**
	 * A scorecard that counts from now on.
	 * @param window how far back percentiles look
	 * @param time the time that the chains go by
	 */
	public Scorecard(Duration window, Time time) {
		this.window = window;
		this.time = time;
		this.since = time.now();
		this.history = new History(time);
		this.spendings = new Spendings(time);
		for (Layer layer : Layer.values()) {
			this.chains.put(layer, Collections.synchronizedMap(new LinkedHashMap<>()));
		}
	}

	@Override
	public ChainListener forChain(Chain chain) {
		Map<String, TargetStats> stats = new LinkedHashMap<>();
		for (Chain.Link target : chain.targets()) {
			stats.put(target.name(), this.targets.computeIfAbsent(new TargetKey(chain.layer(), target.name()),
					(key) -> newTarget(chain.layer(), target)));
		}
		CallStats calls = new CallStats(chain.layer(), chain.name(), this.window, this.time, this.history);
		Objects.requireNonNull(this.chains.get(chain.layer())).put(chain.name(), new ScoredChain(chain, calls));
		return new ChainScorer(calls, stats, this.spendings.of(chain));
	}

	private TargetStats newTarget(Layer layer, Chain.Link target) {
		BreakerHistory changes = this.history.breaker(layer, target.name());
		target.breaker()
			.getEventPublisher()
			.onStateTransition((event) -> changes.changed(event.getStateTransition().getFromState().name(),
					event.getStateTransition().getToState().name(), Advice.isFollowed()));
		return new TargetStats(this.window, this.time, this.history.layer(layer).servedBy(target.name()));
	}

	/** The last hour. */
	public History history() {
		return this.history;
	}

	/**
	 * What was spent in the latest hours of the clock, the present one included.
	 * @param count how many hours, at most {@link #HOURS_OF_SPENDING}
	 */
	public List<SpendHour> spendingByHour(int count) {
		return this.spendings.hours(count,
				copy(Objects.requireNonNull(this.chains.get(Layer.LLM))).stream().map(ScoredChain::chain).toList());
	}

	/** Never called: each chain has its own scorer. */
	@Override
	public CallObserver callStarted(Call call) {
		return new CallObserver() {
		};
	}

	/** Counts from zero again. */
	public void reset() {
		this.chains.values().forEach((ofLayer) -> copy(ofLayer).forEach((scored) -> scored.calls.reset()));
		this.targets.values().forEach(TargetStats::reset);
		this.history.reset();
		this.spendings.reset();
		this.since = this.time.now();
	}

	/** What other instances of a fleet are told, of each chain. */
	public List<ChainReport> reports() {
		return this.chains.entrySet()
			.stream()
			.flatMap((ofLayer) -> copy(ofLayer.getValue()).stream()
				.map((scored) -> scored.calls.report(ofLayer.getKey(), scored.chain.name())))
			.toList();
	}

	public ScorecardSnapshot snapshot() {
		List<CallStats> all = new ArrayList<>();
		Map<Layer, ScorecardSnapshot.LayerFigures> layers = new EnumMap<>(Layer.class);
		for (Layer layer : Layer.values()) {
			Collection<ScoredChain> scored = copy(Objects.requireNonNull(this.chains.get(layer)));
			List<CallStats> stats = scored.stream().map(ScoredChain::calls).toList();
			all.addAll(stats);
			layers.put(layer,
					new ScorecardSnapshot.LayerFigures(CallStats.summarize(stats), chains(scored), targets(scored)));
		}
		return new ScorecardSnapshot(this.since, CallStats.summarize(all), layers);
	}

	private static List<ScoredChain> copy(Map<String, ScoredChain> ofLayer) {
		synchronized (ofLayer) {
			return List.copyOf(ofLayer.values());
		}
	}

	private Map<String, ScorecardSnapshot.Chain> chains(Collection<ScoredChain> scored) {
		Map<String, ScorecardSnapshot.Chain> chains = new LinkedHashMap<>();
		for (ScoredChain each : scored) {
			chains.put(each.chain.name(),
					new ScorecardSnapshot.Chain(CallStats.summarize(List.of(each.calls)),
							each.chain.targets().stream().map(Chain.Link::name).toList(), each.chain.available(),
							this.spendings.ofChain(each.chain)));
		}
		return chains;
	}

	private Map<String, TargetSnapshot> targets(Collection<ScoredChain> scored) {
		Map<String, TargetSnapshot> snapshots = new LinkedHashMap<>();
		for (ScoredChain each : scored) {
			for (Chain.Link target : each.chain.targets()) {
				TargetStats stats = this.targets.get(new TargetKey(each.chain.layer(), target.name()));
				snapshots.put(target.name(),
						Objects.requireNonNull(stats)
							.snapshot(target.breaker().getState().name(), (each.chain.layer() == Layer.LLM)
									? this.spendings.ofTarget(target.name()) : Spending.NONE));
			}
		}
		return snapshots;
	}

	private record TargetKey(Layer layer, String name) {
	}

	private record ScoredChain(Chain chain, CallStats calls) {
	}

}
