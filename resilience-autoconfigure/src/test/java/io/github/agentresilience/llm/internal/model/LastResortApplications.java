package io.github.agentresilience.llm.internal.model;

import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.llm.LastResorts;
import io.github.agentresilience.support.TestApplication;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Applications whose default chain has a last resort.
 */
public final class LastResortApplications {

	public static final String SAID = "Please try again later.";

	private LastResortApplications() {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	public static class Saying {

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return LastResorts.saying(SAID).only("default");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	public static class Failing {

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return (prompt, why) -> {
				throw new IllegalStateException("no cache");
			};
		}

	}

}
