package io.github.agentresilience.actuate.internal.answer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.LastFailure;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;
import io.github.agentresilience.scorecard.internal.Spending;
import io.github.agentresilience.scorecard.internal.Summary;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The scorecard.
 *
 * @param since when counting began
 * @param overall both layers together
 * @param history the last minutes; the key is missing where it was not asked for
 * @param hours what was spent in each of the last hours; the key is missing where it was
 * not asked for
 */
@AnswerJson
public record ScorecardAnswer(String since, Figures overall, LayerFigures llm, LayerFigures mcp,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable HistoryBody history,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<HourFigures> hours) implements OperationResponseBody {

	/**
	 * The answer.
	 * @param models the models that LLM targets ask for, by target
	 * @param queues the calls that wait, by layer
	 * @param limits how the limits of targets stand, by layer and target
	 */
	public static ScorecardAnswer of(ScorecardSnapshot snapshot, Map<String, String> models,
			Map<Layer, QueueFigures> queues, Map<Layer, Map<String, LimitFigures>> limits,
			@Nullable HistoryBody history, @Nullable List<HourFigures> hours) {
		return new ScorecardAnswer(snapshot.since().toString(), Figures.of(snapshot.overall(), null, null),
				LayerFigures.of(snapshot, Layer.LLM, models, queues.get(Layer.LLM), limits.get(Layer.LLM)),
				LayerFigures.of(snapshot, Layer.MCP, Map.of(), queues.get(Layer.MCP), limits.get(Layer.MCP)), history,
				hours);
	}

	/**
	 * One layer: all of it, each chain, each target.
	 *
	 * @param queue calls that wait for targets over their limits, only where targets have
	 * limits
	 */
	@AnswerJson
	public record LayerFigures(Figures summary, Map<String, ChainFigures> chains, Map<String, TargetFigures> targets,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable QueueFigures queue) {

		static LayerFigures of(ScorecardSnapshot snapshot, Layer layer, Map<String, String> models,
				@Nullable QueueFigures queue, @Nullable Map<String, LimitFigures> limits) {
			ScorecardSnapshot.LayerFigures figures = Objects.requireNonNull(snapshot.layers().get(layer));
			Map<String, ChainFigures> chains = new LinkedHashMap<>();
			figures.chains()
				.forEach((name, chain) -> chains.put(name, new ChainFigures(
						Figures.of(chain.summary(), layer, chain.spending()), chain.targets(), chain.available())));
			Map<String, TargetFigures> targets = new LinkedHashMap<>();
			figures.targets()
				.forEach((name, target) -> targets.put(name,
						TargetFigures.of(target, models.get(name), layer, (limits != null) ? limits.get(name) : null)));
			return new LayerFigures(Figures.of(figures.summary(), layer, figures.spending()), chains, targets, queue);
		}

	}

	/**
	 * One chain.
	 *
	 * @param targets its targets, in order
	 * @param available whether a call made now would find a target that it may ask
	 */
	@AnswerJson
	public record ChainFigures(Figures summary, List<String> targets, boolean available) {

	}

	/**
	 * The figures of calls.
	 *
	 * @param toolErrors only for MCP, which alone has tools that err
	 * @param degraded only for the LLM layer, which alone has a last resort
	 * @param unacceptable only for the LLM layer, whose answers alone are judged
	 * @param streamRestarts only for the LLM layer, which alone has streams
	 * @param overBudget calls that the budget of their turn did not pay for, by layer
	 * @param spend only for the LLM layer, which alone uses tokens
	 */
	@AnswerJson
	public record Figures(long calls, long succeeded, long failed, @Nullable Double successRate,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long toolErrors, long fallbacks,
			@Nullable Double fallbackRate, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long degraded,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long unacceptable,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long streamRestarts,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long overBudget, @Nullable Double p50Ms,
			@Nullable Double p95Ms, @Nullable Double p99Ms, long incidents, boolean openIncident,
			@Nullable Double mttrMs, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SpendFigures spend) {

		/**
		 * Figures.
		 * @param layer {@code null} for both together
		 * @param spending {@code null} where it is not said
		 */
		public static Figures of(Summary summary, @Nullable Layer layer, @Nullable Spending spending) {
			return new Figures(summary.calls(), summary.succeeded(), summary.failed(),
					Rounded.rate(summary.successRate()), (layer == Layer.MCP) ? summary.toolErrors() : null,
					summary.fallbacks(), Rounded.rate(summary.fallbackRate()),
					(layer == Layer.LLM) ? summary.degraded() : null,
					(layer == Layer.LLM) ? summary.unacceptable() : null,
					(layer == Layer.LLM) ? summary.restarts() : null, (layer != null) ? summary.overBudget() : null,
					Rounded.millis(summary.p50Ms()), Rounded.millis(summary.p95Ms()), Rounded.millis(summary.p99Ms()),
					summary.incidents(), summary.openIncident(), Rounded.millis(summary.mttrMs()),
					(layer == Layer.LLM && spending != null) ? SpendFigures.of(spending) : null);
		}

	}

	/**
	 * The figures of one target.
	 *
	 * @param model what it asks for, left out where its configuration does not say that
	 * @param unacceptable only for the LLM layer, whose answers alone are judged
	 * @param failedByKind how many failures of each kind, left out where there were none
	 * @param skippedFor how often it was skipped by the reason, left out where it was not
	 * @param limits how its limits stand, left out where it has none
	 * @param spend only for the LLM layer, which alone uses tokens
	 */
	@AnswerJson
	public record TargetFigures(@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String model, String breaker,
			long attempts, long succeeded, long failed,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long unacceptable, long skipped, long served,
			@Nullable Double p50Ms, @Nullable Double p95Ms, long outages, @Nullable Double mttrMs,
			@Nullable FailedAttempt lastFailure,
			@JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> failedByKind,
			@JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> skippedFor,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable LimitFigures limits,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SpendFigures spend) {

		static TargetFigures of(TargetSnapshot target, @Nullable String model, Layer layer,
				@Nullable LimitFigures limits) {
			LastFailure failure = target.lastFailure();
			return new TargetFigures(model, target.breaker(), target.attempts(), target.succeeded(), target.failed(),
					(layer == Layer.LLM) ? target.unacceptable() : null, target.skipped(), target.served(),
					Rounded.millis(target.p50Ms()), Rounded.millis(target.p95Ms()), target.outages(),
					Rounded.millis(target.mttrMs()), (failure != null) ? FailedAttempt.of(failure) : null,
					target.failedByKind(), target.skippedFor(), limits,
					(layer == Layer.LLM) ? SpendFigures.of(target.spending()) : null);
		}

	}

	/**
	 * The calls of a layer that wait.
	 *
	 * @param waiting how many there are now
	 * @param most how many there may be
	 */
	@AnswerJson
	public record QueueFigures(int waiting, int most) {

	}

	/** The latest failed attempt on a target. */
	@AnswerJson
	public record FailedAttempt(String at, String kind, @Nullable String reason, String message) {

		static FailedAttempt of(LastFailure failure) {
			return new FailedAttempt(failure.at().toString(), failure.kind(), failure.reason(), failure.message());
		}

	}

}
