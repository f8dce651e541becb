package io.github.agentresilience.actuate.internal;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.github.agentresilience.actuate.internal.answer.ProblemAnswer;
import io.github.agentresilience.actuate.internal.answer.RecordingAnswer;
import io.github.agentresilience.actuate.internal.answer.WhatIfAnswer;
import io.github.agentresilience.whatif.internal.BadCandidateException;
import io.github.agentresilience.whatif.internal.CandidatePolicy;
import io.github.agentresilience.whatif.internal.Recorder;
import io.github.agentresilience.whatif.internal.RecordingFormat;
import io.github.agentresilience.whatif.internal.WhatIf;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Answers what another policy would have made of the calls of the last hour. Nothing of
 * it is applied to the application.
 */
@Endpoint(id = WhatIfEndpoint.ID)
public class WhatIfEndpoint {

	static final String ID = "whatif";

	static final String POLICY = "policy";

	private static final int CONFLICT = 409;

	private final Recorder recorder;

	private final WhatIf whatIf;

	private final CandidatePolicy inForce;

	private final Function<String, CandidatePolicy> ofYaml;

	private final Function<Map<String, Object>, CandidatePolicy> ofProperties;

	private final AtomicBoolean running = new AtomicBoolean();

	/**
	 * An endpoint.
	 * @param inForce the policy of the application
	 * @param ofYaml reads a candidate
	 * @param ofProperties reads one that is given property by property
	 */
	public WhatIfEndpoint(Recorder recorder, WhatIf whatIf, CandidatePolicy inForce,
			Function<String, CandidatePolicy> ofYaml, Function<Map<String, Object>, CandidatePolicy> ofProperties) {
		this.recorder = recorder;
		this.whatIf = whatIf;
		this.inForce = inForce;
		this.ofYaml = ofYaml;
		this.ofProperties = ofProperties;
	}

	/** What has been recorded, to be kept in a file. */
	@ReadOperation
	public RecordingAnswer recording() {
		return RecordingAnswer.of(RecordingFormat.of(this.recorder.recording()));
	}

	/**
	 * Replays the recorded calls. On the web, {@link WhatIfBody} sees to it that a body
	 * may hold properties too.
	 * @param policy the properties of the candidate as YAML or JSON
	 */
	@WriteOperation
	public WebEndpointResponse<OperationResponseBody> replay(@Nullable String policy) {
		return replay((policy != null) ? Map.of(POLICY, policy) : Map.of());
	}

	/**
	 * The same for the fields of a body: either the one for YAML, or properties by their
	 * full names.
	 */
	WebEndpointResponse<OperationResponseBody> replay(Map<String, Object> fields) {
		if (!this.running.compareAndSet(false, true)) {
			return new WebEndpointResponse<>(new ProblemAnswer("A replay is running; try again in a moment", POLICY),
					CONFLICT);
		}
		try {
			CandidatePolicy candidate = candidate(fields);
			return new WebEndpointResponse<>(
					WhatIfAnswer.of(this.whatIf.ask(this.recorder.recording(), this.inForce, candidate)));
		}
		catch (BadCandidateException ex) {
			return new WebEndpointResponse<>(ProblemAnswer.of(ex.field(), ex.problem()),
					WebEndpointResponse.STATUS_BAD_REQUEST);
		}
		finally {
			this.running.set(false);
		}
	}

	private CandidatePolicy candidate(Map<String, Object> fields) {
		if (fields.get(POLICY) instanceof String yaml) {
			if (fields.size() > 1) {
				throw new BadCandidateException(POLICY, "has other fields beside it; use it or properties");
			}
			return this.ofYaml.apply(yaml);
		}
		if (fields.isEmpty()) {
			throw new BadCandidateException(POLICY,
					"is missing; it is YAML with properties under 'resilience', or give properties by their full names");
		}
		return this.ofProperties.apply(fields);
	}

}
