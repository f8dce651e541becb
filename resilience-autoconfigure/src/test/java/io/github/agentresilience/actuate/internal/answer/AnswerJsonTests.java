package io.github.agentresilience.actuate.internal.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class AnswerJsonTests {

	/** Lists are written by the application's own mapper. */
	@Test
	void theApplicationsMapperRenamesOrdersAndLeavesOutNothing() {
		JsonMapper applications = JsonMapper.builder()
			.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
			.changeDefaultPropertyInclusion((inclusion) -> JsonInclude.Value.construct(JsonInclude.Include.NON_NULL,
					JsonInclude.Include.NON_NULL))
			.enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
			.build();
		assertThat(
				applications.writeValueAsString(new ExperimentAnswer("outage", "burst", "llm", null, 300, false, null)))
			.isEqualTo("{\"name\":\"outage\",\"fault\":\"burst\",\"layer\":\"llm\",\"target\":null,\"durationMs\":300,"
					+ "\"running\":false,\"last\":null}");
		assertThat(applications.writeValueAsString(new FaultAnswer("1", "rate-limit", "llm", null,
				new FaultAnswer.OfRateLimit("5s", null, null), "60s", "then", null)))
			.isEqualTo("{\"id\":\"1\",\"fault\":\"rate-limit\",\"layer\":\"llm\",\"target\":null,\"retryAfter\":\"5s\","
					+ "\"count\":null,\"left\":null,\"ttl\":\"60s\",\"until\":\"then\"}");
	}

}
