package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.autoconfigure.internal.config.UnusedClassifiers;
import io.github.agentresilience.autoconfigure.internal.guard.Breakers;
import io.github.agentresilience.autoconfigure.internal.guard.ConfiguredRules;
import io.github.agentresilience.autoconfigure.internal.guard.PolicyTargetGuard;
import io.github.agentresilience.autoconfigure.internal.guard.PolicyTargetGuard.TargetPolicies;
import io.github.agentresilience.autoconfigure.internal.mcp.McpClientsPostProcessor;
import io.github.agentresilience.autoconfigure.internal.mcp.McpTransportsPostProcessor;
import io.github.agentresilience.autoconfigure.internal.mcp.StableToolNames;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.Prober;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.llm.internal.model.ToolFailures;
import io.github.agentresilience.mcp.internal.McpAnswers;
import io.github.agentresilience.mcp.internal.McpChains;
import io.github.agentresilience.mcp.internal.McpFailureClassifier;
import io.github.agentresilience.mcp.internal.ToolPolicies;
import io.github.agentresilience.mcp.internal.client.McpRuntimeHints;
import io.github.agentresilience.mcp.internal.transport.McpTransports;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientSseClientTransport;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;

import org.springframework.ai.mcp.McpToolNamePrefixGenerator;
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
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * The MCP layer: the clients that Spring AI configures are replaced, wherever the
 * application gets them.
 */
@AutoConfiguration(
		after = { ResilienceAutoConfiguration.class, ChaosAutoConfiguration.class,
				ObservationResilienceAutoConfiguration.class },
		beforeName = { "org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration",
				"org.springframework.ai.mcp.client.common.autoconfigure.McpToolCallbackAutoConfiguration" })
@ConditionalOnClass({ McpClientAutoConfiguration.class, McpSyncClient.class })
@ImportRuntimeHints(McpRuntimeHints.class)
@ConditionalOnBooleanProperty(prefix = ResilienceProperties.PREFIX, name = "enabled", matchIfMissing = true)
public final class McpAutoConfiguration {

	private static final String NOT_AUTHORIZED = "org.springframework.security.oauth2.client.ClientAuthorizationException";

	private static final Duration GRACE = Duration.ofSeconds(5);

	@Bean
	static McpClientsPostProcessor resilienceMcpClientsPostProcessor(ObjectProvider<McpChains> layer,
			ObjectProvider<ResilienceProperties> properties, ObjectProvider<McpClientCommonProperties> common,
			ObjectProvider<McpTransports> transports, ObjectProvider<UnprotectedParts> unprotected) {
		return new McpClientsPostProcessor(layer, properties, common, transports, unprotected);
	}

	@Bean
	static McpTransportsPostProcessor resilienceMcpTransportsPostProcessor(ObjectProvider<McpTransports> transports,
			ObjectProvider<McpStdioClientProperties> stdio) {
		return new McpTransportsPostProcessor(transports, stdio);
	}

	/** What an application's own classifier may delegate to. */
	@Bean(UnusedClassifiers.STANDARD_MCP)
	FailureClassifier standardMcpFailureClassifier() {
		return new McpFailureClassifier();
	}

	@Bean
	McpChains resilienceMcpLayer(ResilienceProperties properties, ChainRuntime runtime, ChainRegistry registry,
			@Qualifier("mcpFailureClassifier") ObjectProvider<FailureClassifier> ofApplication,
			@Qualifier(UnusedClassifiers.STANDARD_MCP) FailureClassifier standard,
			ObjectProvider<ChainListener> listeners, Breakers breakers, ObjectProvider<FaultInjector> chaos,
			McpTransports transports, @Qualifier("resilienceMcpProber") ObjectProvider<Prober> prober,
			ApplicationEventPublisher events) {
		ResilienceProperties.Mcp mcp = properties.mcp();
		FailureClassifier classifier = ForeignCode.classifier(ofApplication.getIfAvailable(() -> standard), standard);
		ChainServices<Object> services = new ChainServices<>(Layer.MCP, runtime, classifier,
				new McpAnswers(mcp.toolErrors()), new RetryBudget(mcp.retry().budget(), runtime.clock()),
				listeners.orderedStream().toList());
		WaitingRoom room = new WaitingRoom(mcp.limits().queue(), runtime.time());
		PolicyTargetGuard guard = new PolicyTargetGuard(Layer.MCP, breakers, chaos.getIfAvailable(),
				(connection) -> TargetPolicies.of(ConfiguredRules.target(mcp, connection), room));
		return new McpChains(services, ConfiguredRules.chain(mcp), guard, registry, transports, tools(mcp),
				prober.getIfAvailable(),
				(connection) -> events.publishEvent(new McpToolsChangedEvent(connection, List.of())));
	}

	private static ToolPolicies tools(ResilienceProperties.Mcp mcp) {
		Map<String, ToolPolicies.ToolPolicy> tools = new HashMap<>();
		mcp.tools()
			.forEach((name, tool) -> tools.put(name, new ToolPolicies.ToolPolicy(tool.timeout(), tool.replay())));
		return new ToolPolicies(mcp.replay(), tools);
	}

	@Bean
	@ConditionalOnBooleanProperty(name = "resilience.mcp.probe.enabled", matchIfMissing = true)
	Prober resilienceMcpProber(ResilienceProperties properties, ChainRuntime runtime) {
		return new Prober(runtime, properties.mcp().probe().timeout());
	}

	@Bean
	McpTransports resilienceMcpTransports(ResilienceProperties properties, ChainRuntime runtime) {
		return new McpTransports(runtime, properties.mcp().resetTimeoutOnProgress());
	}

	/**
	 * Takes the place of Spring AI's, under whose names tools are renamed when their
	 * servers change.
	 */
	@Bean
	@ConditionalOnMissingBean
	McpToolNamePrefixGenerator resilienceMcpToolNames() {
		return new StableToolNames();
	}

	/**
	 * The SDK's own limit must not come before ours: it knows neither tools nor progress.
	 */
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
			// Around the one that is there: an application's own customizers come before
			// this one, whatever its order
			transport.customizeClient((own) -> transport.clientBuilder(transports.httpClientBuilder(name, false, own)));
			transports.remember(name, transport::build);
		};
	}

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	@SuppressWarnings("deprecation") // Servers of the older protocol are still there
	McpClientCustomizer<HttpClientSseClientTransport.Builder> resilienceMcpSseClient(McpTransports transports) {
		return (name, transport) -> {
			transport.customizeClient((own) -> transport.clientBuilder(transports.httpClientBuilder(name, true, own)));
			transports.remember(name, transport::build);
		};
	}

	/** What a tool's failure says to the model. */
	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnClass(ToolExecutionExceptionProcessor.class)
	ToolExecutionExceptionProcessor resilienceToolFailures(Environment environment, ChainRuntime runtime) {
		boolean thrown = environment.getProperty("spring.ai.tools.throw-exception-on-error", Boolean.class, false);
		return new ToolFailures(thrown, rethrown(), () -> runtime.turn(null));
	}

	/**
	 * What Spring AI's own processor, whose place this one takes, throws at the
	 * application.
	 */
	@SuppressWarnings("unchecked")
	private static List<Class<? extends RuntimeException>> rethrown() {
		if (!ClassUtils.isPresent(NOT_AUTHORIZED, null)) {
			return List.of();
		}
		Class<?> type = ClassUtils.resolveClassName(NOT_AUTHORIZED, null);
		return RuntimeException.class.isAssignableFrom(type) ? List.of((Class<? extends RuntimeException>) type)
				: List.of();
	}

}
