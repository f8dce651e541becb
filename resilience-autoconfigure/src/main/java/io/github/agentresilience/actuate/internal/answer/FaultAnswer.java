package io.github.agentresilience.actuate.internal.answer;

import java.time.Duration;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.agentresilience.actuate.internal.FleetFaults;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.BrownoutFault;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.EmptyFault;
import io.github.agentresilience.chaos.ExpiredCredentialsFault;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.MalformedFault;
import io.github.agentresilience.chaos.RandomFault;
import io.github.agentresilience.chaos.RateLimitFault;
import io.github.agentresilience.chaos.RefuseHistoryFault;
import io.github.agentresilience.chaos.ResetFault;
import io.github.agentresilience.chaos.SessionLossFault;
import io.github.agentresilience.chaos.SlowDripFault;
import io.github.agentresilience.chaos.StreamCutFault;
import io.github.agentresilience.chaos.TruncatedFault;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * A fault that may still hit.
 *
 * @param fault its kind
 * @param target the target that it hits, {@code null} for every target of the layer
 * @param fields what only faults of its kind have, as keys beside the others
 * @param ttl for how long it was injected
 * @param until when it ends by itself
 * @param scope {@code fleet} where it is injected into all instances; else the key is
 * missing
 */
@AnswerJson
public record FaultAnswer(String id, String fault, String layer, @Nullable String target, @JsonUnwrapped Fields fields,
		String ttl, String until,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String scope) implements OperationResponseBody {

	public static FaultAnswer of(ActiveFault active) {
		return new FaultAnswer(active.id(), active.fault().kind(), active.layer().id(), active.target(),
				Fields.of(active.fault(), active.left()), text(active.ttl()), active.until().toString(),
				FleetFaults.isOfFleet(active.id()) ? FleetFaults.SCOPE : null);
	}

	private static String text(Duration duration) {
		return (duration.toMillisPart() == 0) ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
	}

	/**
	 * The fields of one kind. Where a kind may have a count, {@code count} is
	 * {@code null} for no limit, and {@code left} says how many attempts the fault will
	 * still hit.
	 */
	public sealed interface Fields {

		static Fields of(Fault fault, @Nullable Integer left) {
			if (fault instanceof BurstFault burst) {
				return new OfBurst(burst.status(), burst.count(), left);
			}
			if (fault instanceof RandomFault random) {
				return new OfRandom(random.rate(), random.status());
			}
			if (fault instanceof BrownoutFault brownout) {
				return new OfBrownout(text(brownout.latency()), text(brownout.jitter()));
			}
			if (fault instanceof RateLimitFault limit) {
				return new OfRateLimit(text(limit.retryAfter()), limit.count(), left);
			}
			if (fault instanceof StreamCutFault cut) {
				return new OfStreamCut(cut.afterChunks(), cut.count(), left);
			}
			if (fault instanceof ResetFault reset) {
				return new OfStreamCut(reset.afterChunks(), reset.count(), left);
			}
			if (fault instanceof SlowDripFault drip) {
				return new OfSlowDrip(text(drip.interval()), drip.count(), left);
			}
			if (fault instanceof MalformedFault || fault instanceof EmptyFault || fault instanceof TruncatedFault
					|| fault instanceof ExpiredCredentialsFault || fault instanceof RefuseHistoryFault
					|| fault instanceof SessionLossFault) {
				return new OfCount(fault.count(), left);
			}
			return new OfTool(fault.tool(), fault.count(), left);
		}

	}

	/** The fields of a burst. */
	@AnswerJson
	public record OfBurst(int status, @Nullable Integer count, @Nullable Integer left) implements Fields {

	}

	/** The fields of random failures. */
	@AnswerJson
	public record OfRandom(double rate, int status) implements Fields {

	}

	/** The fields of a brownout. */
	@AnswerJson
	public record OfBrownout(String latency, String jitter) implements Fields {

	}

	/** The fields of a rate limit. */
	@AnswerJson
	public record OfRateLimit(String retryAfter, @Nullable Integer count, @Nullable Integer left) implements Fields {

	}

	/** The fields of an answer that drips. */
	@AnswerJson
	public record OfSlowDrip(String interval, @Nullable Integer count, @Nullable Integer left) implements Fields {

	}

	/** The fields of what can only be counted. */
	@AnswerJson
	public record OfCount(@Nullable Integer count, @Nullable Integer left) implements Fields {

	}

	/** The fields of a cut stream, or of a connection that is reset. */
	@AnswerJson
	public record OfStreamCut(int afterChunks, @Nullable Integer count, @Nullable Integer left) implements Fields {

	}

	/**
	 * The fields of a tool that errs, is silent, has changed or is gone.
	 *
	 * @param tool {@code null} for all tools
	 */
	@AnswerJson
	public record OfTool(@Nullable String tool, @Nullable Integer count, @Nullable Integer left) implements Fields {

	}

}
