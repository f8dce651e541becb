package io.github.agentresilience.autoconfigure.internal.mcp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import io.github.agentresilience.mcp.internal.transport.McpTransports;
import io.github.agentresilience.mcp.internal.transport.StdioTransport;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.spec.McpClientTransport;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.mcp.client.common.autoconfigure.NamedClientMcpTransport;
import org.springframework.ai.mcp.client.common.autoconfigure.properties.McpStdioClientProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Puts a tracked transport before each that Spring AI or the application made. The
 * process of a stdio server can be started anew where its command comes from Spring AI's
 * properties.
 */
public final class McpTransportsPostProcessor implements BeanPostProcessor {

	private final ObjectProvider<McpTransports> transports;

	private final ObjectProvider<McpStdioClientProperties> stdio;

	public McpTransportsPostProcessor(ObjectProvider<McpTransports> transports,
			ObjectProvider<McpStdioClientProperties> stdio) {
		this.transports = transports;
		this.stdio = stdio;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!(bean instanceof List<?> list) || list.isEmpty()
				|| !list.stream().allMatch(NamedClientMcpTransport.class::isInstance)) {
			return bean;
		}
		List<NamedClientMcpTransport> tracked = new ArrayList<>();
		for (Object each : list) {
			NamedClientMcpTransport named = (NamedClientMcpTransport) each;
			Supplier<McpClientTransport> process = process(named);
			McpClientTransport transport = this.transports.getObject()
				.track(named.name(), (process != null) ? process.get() : named.transport(), process);
			tracked.add(new NamedClientMcpTransport(named.name(), transport));
		}
		return tracked;
	}

	private @Nullable Supplier<McpClientTransport> process(NamedClientMcpTransport named) {
		McpStdioClientProperties properties = this.stdio.getIfAvailable();
		if (properties == null || !(named.transport() instanceof StdioClientTransport own)
				|| own.getClass() != StdioClientTransport.class) {
			return null;
		}
		ServerParameters command = properties.toServerParameters().get(named.name());
		return (command != null) ? StdioTransport.of(named.name(), own, command) : null;
	}

}
