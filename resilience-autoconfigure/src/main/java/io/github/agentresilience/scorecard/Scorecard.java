package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.TargetChain;
import io.github.agentresilience.scorecard.ScorecardSnapshot.TargetSnapshot;

/**
 * Listens to all chains and says how they do. Percentiles look back over a window, counts since the last reset.
 */
public final class Scorecard implements ChainListener {

	private final Duration window;

	private final LongSupplier nanoTime;

	private final Clock clock;

	private final Map<TargetKey, TargetStats> targets = new ConcurrentHashMap<>();

	private final Map<Layer, Map<String, ScoredChain>> chains = new EnumMap<>(Layer.class);

	private final History history;

	private volatile Instant since;

	/**
	 * A scorecard that counts from now on.
	 * @param window how far back percentiles look
	 * @param nanoTime the chains' clock
	 * @param clock tells people when
	 */
	public Scorecard(Duration window, LongSupplier nanoTime, Clock clock) {
		this.window = window;
		this.nanoTime = nanoTime;
		this.clock = clock;
		this.since = clock.instant();
		this.history = new History(nanoTime, clock);
		for (Layer layer : Layer.values()) {
			this.chains.put(layer, Collections.synchronizedMap(new LinkedHashMap<>()));
		}
	}

	@Override
	public ChainListener forChain(TargetChain<?, ?> chain) {
		Map<String, TargetStats> stats = new LinkedHashMap<>();
		for (GuardedTarget<?, ?> target : chain.targets()) {
			stats.put(target.name(), this.targets.computeIfAbsent(new TargetKey(chain.layer(), target.name()),
					(key) -> newTarget(chain.layer(), target)));
		}
		CallStats calls = new CallStats(chain.layer(), chain.name(), this.window, this.nanoTime, this.history);
		this.chains.get(chain.layer()).put(chain.name(), new ScoredChain(chain, calls));
		return new ChainScorer(calls, stats);
	}

	private TargetStats newTarget(Layer layer, GuardedTarget<?, ?> target) {
		BreakerHistory changes = this.history.breaker(layer, target.name());
		target.breaker()
			.getEventPublisher()
			.onStateTransition((event) -> changes.changed(event.getStateTransition().getFromState().name(),
					event.getStateTransition().getToState().name()));
		return new TargetStats(this.window, this.nanoTime, this.clock, this.history.leg(layer).servedBy(target.name()));
	}

	/** The last hour. */
	public History history() {
		return this.history;
	}

	/** Never called: each chain has its own scorer. */
	@Override
	public CallObserver callStarted(Call call) {
		return new CallObserver() {
		};
	}

	/** Counts from zero again. */
	public void reset() {
		this.chains.values().forEach((leg) -> copy(leg).forEach((scored) -> scored.calls.reset()));
		this.targets.values().forEach(TargetStats::reset);
		this.history.reset();
		this.since = this.clock.instant();
	}

	public ScorecardSnapshot snapshot() {
		List<CallStats> all = new ArrayList<>();
		Map<Layer, ScorecardSnapshot.Leg> legs = new EnumMap<>(Layer.class);
		for (Layer layer : Layer.values()) {
			Collection<ScoredChain> scored = copy(this.chains.get(layer));
			List<CallStats> stats = scored.stream().map(ScoredChain::calls).toList();
			all.addAll(stats);
			legs.put(layer, new ScorecardSnapshot.Leg(CallStats.summarize(stats), chains(scored), targets(scored)));
		}
		return new ScorecardSnapshot(this.since, CallStats.summarize(all), legs);
	}

	private static List<ScoredChain> copy(Map<String, ScoredChain> leg) {
		synchronized (leg) {
			return List.copyOf(leg.values());
		}
	}

	private static Map<String, ScorecardSnapshot.Chain> chains(Collection<ScoredChain> scored) {
		Map<String, ScorecardSnapshot.Chain> chains = new LinkedHashMap<>();
		for (ScoredChain each : scored) {
			chains.put(each.chain.name(), new ScorecardSnapshot.Chain(CallStats.summarize(List.of(each.calls)),
					each.chain.targets().stream().map(GuardedTarget::name).toList(), each.chain.available()));
		}
		return chains;
	}

	private Map<String, TargetSnapshot> targets(Collection<ScoredChain> scored) {
		Map<String, TargetSnapshot> snapshots = new LinkedHashMap<>();
		for (ScoredChain each : scored) {
			for (GuardedTarget<?, ?> target : each.chain.targets()) {
				TargetStats stats = this.targets.get(new TargetKey(each.chain.layer(), target.name()));
				snapshots.put(target.name(), stats.snapshot(target.breaker().getState().name()));
			}
		}
		return snapshots;
	}

	private record TargetKey(Layer layer, String name) {
	}

	private record ScoredChain(TargetChain<?, ?> chain, CallStats calls) {
	}

}
