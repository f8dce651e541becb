package io.github.agentresilience.autoconfigure.internal.mcp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.config.ConfigurationRules;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.mcp.internal.McpChains;
import io.github.agentresilience.mcp.internal.client.McpClients;
import io.github.agentresilience.mcp.internal.transport.McpTransports;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;

import org.springframework.ai.mcp.client.common.autoconfigure.properties.McpClientCommonProperties;
import org.springframework.aop.SpringProxy;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Replaces the clients that Spring AI made, in the one bean that everybody gets them
 * from, and keeps Spring AI from initialising them at start-up, where a dead server would
 * stop the application.
 */
public final class McpClientsPostProcessor implements BeanPostProcessor {

	private static final String SYNC_CLIENTS = "mcpSyncClients";

	private static final String ASYNC_CLIENTS = "mcpAsyncClients";

	private final ObjectProvider<McpChains> layer;

	private final ObjectProvider<ResilienceProperties> properties;

	private final ObjectProvider<McpClientCommonProperties> common;

	private final ObjectProvider<McpTransports> transports;

	private final ObjectProvider<UnprotectedParts> unprotected;

	public McpClientsPostProcessor(ObjectProvider<McpChains> layer, ObjectProvider<ResilienceProperties> properties,
			ObjectProvider<McpClientCommonProperties> common, ObjectProvider<McpTransports> transports,
			ObjectProvider<UnprotectedParts> unprotected) {
		this.layer = layer;
		this.properties = properties;
		this.common = common;
		this.transports = transports;
		this.unprotected = unprotected;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof McpClientCommonProperties plain) {
			plain.setInitialized(false);
		}
		if (beanName.equals(SYNC_CLIENTS) && bean instanceof List<?> clients) {
			Map<String, McpSyncClient> named = named(clients, McpSyncClient.class, McpSyncClient::getClientInfo);
			return new ArrayList<>(McpClients.protect(this.layer.getObject(), named, chains(named.keySet())));
		}
		if (beanName.equals(ASYNC_CLIENTS) && bean instanceof List<?> clients) {
			Map<String, McpAsyncClient> named = named(clients, McpAsyncClient.class, McpAsyncClient::getClientInfo);
			return new ArrayList<>(McpClients.protectAsync(this.layer.getObject(), named, chains(named.keySet())));
		}
		if (isPlainClient(bean)
				|| (bean instanceof List<?> list && list.stream().anyMatch(McpClientsPostProcessor::isPlainClient))) {
			this.unprotected.ifAvailable((parts) -> parts.add("the bean '" + beanName + "'",
					"only the MCP clients that Spring AI makes of its properties are protected"));
		}
		return bean;
	}

	private static boolean isPlainClient(Object bean) {
		return (bean instanceof McpSyncClient || bean instanceof McpAsyncClient) && !(bean instanceof SpringProxy);
	}

	private <C> Map<String, C> named(List<?> clients, Class<C> type, Function<C, McpSchema.Implementation> info) {
		Map<String, C> named = new LinkedHashMap<>();
		for (Object each : clients) {
			C client = type.cast(each);
			String name = McpChains.connectionName(info.apply(client), this.common.getObject().getName());
			if (this.transports.getObject().of(name) == null) {
				this.unprotected.ifAvailable((parts) -> parts.add("the MCP connection '" + name + "'",
						"its transport was not made by Spring AI, so its calls are protected, but a call that is given "
								+ "up goes on at the server, and a lost session ends the calls in flight"));
			}
			if (named.put(name, client) != null) {
				throw new ResilienceConfigurationException("spring.ai.mcp.client.*.connections." + name,
						"is defined twice", "Give each MCP connection a name of its own.");
			}
		}
		return named;
	}

	private Map<String, List<String>> chains(Set<String> names) {
		ResilienceProperties.Mcp mcp = this.properties.getObject().mcp();
		ConfigurationRules.checkMembers("resilience.mcp.chains", mcp.chains(), names, "MCP connection",
				"spring.ai.mcp.client.*.connections");
		mcp.chains().keySet().forEach((name) -> {
			boolean alone = mcp.chains().values().stream().noneMatch((members) -> members.contains(name));
			if (names.contains(name) && alone) {
				throw new ResilienceConfigurationException("resilience.mcp.chains." + name,
						"has the name of an MCP connection that stands in no chain, and so is a chain of that name itself",
						"Give the chain another name, or make '" + name + "' a member of a chain.");
			}
		});
		Map<String, List<String>> configured = new LinkedHashMap<>();
		mcp.connections().keySet().forEach((name) -> configured.put(name, List.of(name)));
		ConfigurationRules.checkMembers("resilience.mcp.connections", configured, names, "MCP connection",
				"spring.ai.mcp.client.*.connections");
		return mcp.chains();
	}

}
