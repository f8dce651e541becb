package io.github.agentresilience.actuate.internal.answer;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Chains and targets with the settings in force.
 *
 * @param fleet what instances share; the key is missing where there is no fleet, since
 * whoever reads the answer may take each key for a layer
 */
@AnswerJson
public record PoliciesAnswer(LayerPolicies llm, LayerPolicies mcp,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, Setting> fleet)
		implements
			OperationResponseBody {

	/**
	 * One layer.
	 *
	 * @param policy what holds for all of it, by the name of the setting
	 * @param chains by their names
	 * @param targets by their names
	 */
	@AnswerJson
	public record LayerPolicies(Map<String, Setting> policy, Map<String, ChainPolicies> chains,
			Map<String, TargetPolicies> targets) {

	}

	/**
	 * One chain.
	 *
	 * @param targets its targets, in order
	 * @param settings by their names, which are keys beside the other
	 */
	@AnswerJson
	public record ChainPolicies(List<String> targets, @JsonAnyGetter Map<String, Setting> settings) {

	}

	/**
	 * One target.
	 *
	 * @param state the state of its breaker
	 * @param cooldownUntil until when it cools down, {@code null} where it does not
	 * @param limits how its limits stand; the key is missing where it has none
	 * @param settings by their names, which are keys beside the others
	 */
	@AnswerJson
	public record TargetPolicies(String state, @Nullable String cooldownUntil,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable LimitFigures limits,
			@JsonAnyGetter Map<String, Setting> settings) {

	}

	/**
	 * One value in force.
	 *
	 * @param value the value; a duration is text in milliseconds
	 * @param from the property that it comes from, or {@code default}
	 * @param origin where that property is set; the key is missing where that is unknown
	 */
	@AnswerJson
	public record Setting(Object value, String from,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String origin) {

	}

}
