package io.github.agentresilience.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.autoconfigure.PolicyTargetGuard.TargetPolicies;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Breaker;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Connection;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Retry;
import io.github.agentresilience.autoconfigure.ResilienceProperties.TargetHedge;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.ChainPolicy;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.chain.Defaults;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Leg;
import io.github.agentresilience.chain.Prober;
import io.github.agentresilience.chain.RetryBudget;
import io.github.agentresilience.chain.TargetPolicy;
import io.github.agentresilience.chain.TargetPolicy.StreamCommit;
import io.github.agentresilience.chain.TimeoutPolicy;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.llm.ToolFailures;
import io.github.agentresilience.mcp.McpAnswers;
import io.github.agentresilience.mcp.McpFailureClassifier;
import io.github.agentresilience.mcp.McpLeg;
import io.github.agentresilience.mcp.McpTransports;
import io.github.agentresilience.mcp.ToolPolicies;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientSseClientTransport;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;

import org.springframework.ai.mcp.McpToolsChangedEvent;
import org.springframework.ai.mcp.client.common.autoconfigure.McpClientAutoConfiguration;
import org.springframework.ai.mcp.client.common.autoconfigure.properties.McpClientCommonProperties;
import org.springframework.ai.mcp.client.common.autoconfigure.properties.McpStdioClientProperties;
import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;
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
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * The MCP leg: the clients that Spring AI configures are replaced, wherever the application gets them.
 */
@AutoConfiguration(after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class,
		ObservationResilienceAutoConfiguration.class },
		beforeName = "org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration")
@ConditionalOnClass({ McpClientAutoConfiguration.class, McpSyncClient.class })
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class McpAutoConfiguration {

	private static final Duration GRACE = Duration.ofSeconds(5);

	private static final String NOT_AUTHORIZED = "org.springframework.security.oauth2.client.ClientAuthorizationException";

	private static final Connection PLAIN = new Connection(null, new TargetHedge(null, null),
			new Retry(null, null, null, null, null, null), new Breaker(null, null, null, null, null, null, null));

	@Bean
	static McpClientsPostProcessor resilienceMcpClientsPostProcessor(ObjectProvider<McpLeg> leg,
			ObjectProvider<ResilienceProperties> properties, ObjectProvider<McpClientCommonProperties> common) {
		return new McpClientsPostProcessor(leg, properties, common);
	}

	@Bean
	static McpTransportsPostProcessor resilienceMcpTransportsPostProcessor(ObjectProvider<McpTransports> transports,
			ObjectProvider<McpStdioClientProperties> stdio) {
		return new McpTransportsPostProcessor(transports, stdio);
	}

	@Bean
	@ConditionalOnMissingBean(name = "mcpFailureClassifier")
	FailureClassifier mcpFailureClassifier() {
		return new McpFailureClassifier();
	}

	@Bean
	McpLeg resilienceMcpLeg(ResilienceProperties properties, ChainRuntime runtime, ChainRegistry registry,
			@Qualifier("mcpFailureClassifier") FailureClassifier classifier, ObjectProvider<ChainListener> listeners,
			Breakers breakers, ObjectProvider<Chaos> chaos, McpTransports transports,
			@Qualifier("resilienceMcpProber") ObjectProvider<Prober> prober, ApplicationEventPublisher events) {
		ResilienceProperties.Mcp mcp = properties.mcp();
		Leg<Object> leg = new Leg<>(Layer.MCP, runtime, classifier, new McpAnswers(mcp.toolErrors()),
				new RetryBudget(mcp.retry().budget(), runtime.clock()), listeners.orderedStream().toList());
		ChainPolicy policy = new ChainPolicy(mcp.deadline(), mcp.whenAllOpen(), ChainPolicy.Routing.PRIORITY,
				mcp.hedge().budget());
		PolicyTargetGuard guard = new PolicyTargetGuard(Layer.MCP, breakers, chaos.getIfAvailable(),
				(connection) -> policies(mcp, connection));
		return new McpLeg(leg, policy, guard, registry, transports, tools(mcp), prober.getIfAvailable(),
				(connection) -> events.publishEvent(new McpToolsChangedEvent(connection, List.of())));
	}

	private static TargetPolicies policies(ResilienceProperties.Mcp mcp, String name) {
		Connection own = mcp.connections().getOrDefault(name, PLAIN);
		return new TargetPolicies(Policies.breaker(own.breaker(), mcp.breaker(), Defaults.MCP_SLOW_CALL),
				new TargetPolicy(Policies.retry(own.retry(), mcp.retry().shared()),
						TimeoutPolicy.of(Policies.first(own.timeout(), mcp.timeout())),
						Policies.hedge(own.hedge(), mcp.hedge()), StreamCommit.FIRST_CHUNK, Defaults.WEIGHT));
	}

	private static ToolPolicies tools(ResilienceProperties.Mcp mcp) {
		Map<String, ToolPolicies.ToolPolicy> tools = new HashMap<>();
		mcp.tools().forEach((name, tool) -> tools.put(name, new ToolPolicies.ToolPolicy(tool.timeout(), tool.replay())));
		return new ToolPolicies(mcp.replay(), tools);
	}

	@Bean
	@ConditionalOnBooleanProperty(name = "resilience.mcp.probe.enabled", matchIfMissing = true)
	Prober resilienceMcpProber(ResilienceProperties properties, ChainRuntime runtime) {
		return new Prober(runtime, properties.mcp().probe().timeout());
	}

	@Bean
	McpTransports resilienceMcpTransports(ResilienceProperties properties) {
		return new McpTransports(Clock.systemUTC(), properties.mcp().resetTimeoutOnProgress());
	}

	/** The SDK's own limit must not come before ours: it knows neither tools nor progress. */
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	McpClientCustomizer<McpClient.SyncSpec> resilienceMcpRequestTimeout(ResilienceProperties properties) {
		Duration longest = longestCall(properties.mcp());
		return (name, spec) -> spec.requestTimeout(longest);
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	McpClientCustomizer<McpClient.AsyncSpec> resilienceMcpAsyncRequestTimeout(ResilienceProperties properties) {
		Duration longest = longestCall(properties.mcp());
		return (name, spec) -> spec.requestTimeout(longest);
	}

	/** No attempt outlasts its call, whatever progress it makes. */
	private static Duration longestCall(ResilienceProperties.Mcp mcp) {
		return mcp.tools()
			.values()
			.stream()
			.map(ResilienceProperties.Tool::timeout)
			.filter(Objects::nonNull)
			.reduce(mcp.deadline(), (one, other) -> one.compareTo(other) >= 0 ? one : other)
			.plus(GRACE);
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> resilienceMcpHttpClient(McpTransports transports) {
		return (name, transport) -> {
			transport.clientBuilder(transports.httpClientBuilder(name, false));
			transports.remember(name, transport::build);
		};
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	McpClientCustomizer<HttpClientSseClientTransport.Builder> resilienceMcpSseClient(McpTransports transports) {
		return (name, transport) -> {
			transport.clientBuilder(transports.httpClientBuilder(name, true));
			transports.remember(name, transport::build);
		};
	}

	/** What a tool's failure says to the model. */
	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnClass(ToolExecutionExceptionProcessor.class)
	ToolExecutionExceptionProcessor resilienceToolFailures(Environment environment) {
		boolean thrown = environment.getProperty("spring.ai.tools.throw-exception-on-error", Boolean.class, false);
		return new ToolFailures(thrown, rethrown());
	}

	/** What Spring AI's own processor, whose place this one takes, throws at the application. */
	@SuppressWarnings("unchecked")
	private static List<Class<? extends RuntimeException>> rethrown() {
		if (!ClassUtils.isPresent(NOT_AUTHORIZED, null)) {
			return List.of();
		}
		Class<?> type = ClassUtils.resolveClassName(NOT_AUTHORIZED, null);
		return RuntimeException.class.isAssignableFrom(type) ? List.of((Class<? extends RuntimeException>) type) : List.of();
	}

}
