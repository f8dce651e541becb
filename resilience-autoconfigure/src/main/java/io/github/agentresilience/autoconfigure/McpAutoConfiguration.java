package io.github.agentresilience.autoconfigure;

import java.time.Clock;
import java.util.List;

import io.github.agentresilience.autoconfigure.PolicyTargetGuard.TargetPolicies;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.ChainPolicy;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.chain.Defaults;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Leg;
import io.github.agentresilience.chain.RetryBudget;
import io.github.agentresilience.chain.TimeoutPolicy;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.mcp.McpAnswers;
import io.github.agentresilience.mcp.McpFailureClassifier;
import io.github.agentresilience.mcp.McpLeg;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;

import org.springframework.ai.mcp.McpToolsChangedEvent;
import org.springframework.ai.mcp.client.common.autoconfigure.McpClientAutoConfiguration;
import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * The MCP leg: the clients that Spring AI configures are replaced, wherever the application gets them.
 */
@AutoConfiguration(after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class,
		ObservationResilienceAutoConfiguration.class })
@ConditionalOnClass({ McpClientAutoConfiguration.class, McpSyncClient.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class McpAutoConfiguration {

	@Bean
	static McpClientsPostProcessor resilienceMcpClientsPostProcessor(ObjectProvider<McpLeg> leg,
			ObjectProvider<ResilienceProperties> properties) {
		return new McpClientsPostProcessor(leg, properties);
	}

	@Bean
	@ConditionalOnMissingBean(name = "mcpFailureClassifier")
	FailureClassifier mcpFailureClassifier() {
		return new McpFailureClassifier();
	}

	@Bean
	McpLeg resilienceMcpLeg(ResilienceProperties properties, ChainRuntime runtime, ChainRegistry registry,
			@Qualifier("mcpFailureClassifier") FailureClassifier classifier, ObjectProvider<ChainListener> listeners,
			Breakers breakers, ObjectProvider<Chaos> chaos, ApplicationEventPublisher events) {
		ResilienceProperties.Mcp mcp = properties.mcp();
		Leg<Object> leg = new Leg<>(Layer.MCP, runtime, classifier, new McpAnswers(mcp.toolErrors()),
				new RetryBudget(mcp.retry().budget(), runtime.clock()), listeners.orderedStream().toList());
		ChainPolicy policy = new ChainPolicy(mcp.deadline(), mcp.whenAllOpen(),
				ChainPolicy.StreamCommit.FIRST_CHUNK);
		TargetPolicies policies = new TargetPolicies(
				Policies.retry(new Retry(null, null, null, null, null, null), mcp.retry().shared()),
				Policies.breaker(new Breaker(null, null, null, null, null, null, null), mcp.breaker(),
						Defaults.MCP_SLOW_CALL),
				TimeoutPolicy.of(mcp.timeout()), Defaults.WEIGHT);
		PolicyTargetGuard guard = new PolicyTargetGuard(Layer.MCP, breakers, chaos.getIfAvailable(),
				(connection) -> policies);
		return new McpLeg(leg, policy, guard, registry,
				(connection) -> events.publishEvent(new McpToolsChangedEvent(connection, List.of())));
	}

	/** The SDK's own limit, so that it forgets a request when our attempt at it is over. */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	McpClientCustomizer<McpClient.SyncSpec> resilienceMcpRequestTimeout(ResilienceProperties properties) {
		return (name, spec) -> spec.requestTimeout(properties.mcp().timeout());
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> resilienceMcpHttpClient() {
		return (name, transport) -> transport.clientBuilder(McpLeg.httpClientBuilder(Clock.systemUTC()));
	}

}
