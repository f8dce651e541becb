package io.github.agentresilience.autoconfigure;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.agentresilience.mcp.McpLeg;
import io.modelcontextprotocol.client.McpSyncClient;

import org.springframework.ai.mcp.client.common.autoconfigure.properties.McpClientCommonProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Replaces the clients that Spring AI made, in the one bean that everybody gets them from, and keeps Spring AI from
 * initialising them at start-up, where a dead server would stop the application.
 */
final class McpClientsPostProcessor implements BeanPostProcessor {

	private static final String CLIENTS_BEAN = "mcpSyncClients";

	private final ObjectProvider<McpLeg> leg;

	private final ObjectProvider<ResilienceProperties> properties;

	McpClientsPostProcessor(ObjectProvider<McpLeg> leg, ObjectProvider<ResilienceProperties> properties) {
		this.leg = leg;
		this.properties = properties;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof McpClientCommonProperties common) {
			common.setInitialized(false);
		}
		if (beanName.equals(CLIENTS_BEAN) && bean instanceof List<?> clients) {
			return protect(clients.stream().map(McpSyncClient.class::cast).toList());
		}
		return bean;
	}

	private List<McpSyncClient> protect(List<McpSyncClient> clients) {
		ResilienceProperties.Mcp mcp = this.properties.getObject().mcp();
		List<String> names = clients.stream().map(McpLeg::connectionName).toList();
		Set<String> seen = new HashSet<>();
		for (String name : names) {
			if (!seen.add(name)) {
				throw new ResilienceConfigurationException("spring.ai.mcp.client.*.connections." + name,
						"is defined twice", "Give each MCP connection a name of its own.");
			}
		}
		ConfigurationRules.checkMembers("resilience.mcp.chains", mcp.chains(), names, "MCP connection",
				"spring.ai.mcp.client.*.connections");
		return new ArrayList<>(this.leg.getObject().protect(clients, mcp.chains()));
	}

}
