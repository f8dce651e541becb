package io.github.agentresilience.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.autoconfigure.internal.config.ConfigurationCheck;
import io.github.agentresilience.mcp.Replay;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.transport.HttpClientSseClientTransport;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is wrong with a configuration of the MCP layer is said at start-up.
 */
class McpConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ResilienceAutoConfiguration.class));

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.mcp.timeout=0s                           | resilience.mcp.timeout                | 1ms
					resilience.mcp.deadline=-1s                         | resilience.mcp.deadline               | negative
					resilience.mcp.deadline=0s                          | resilience.mcp.deadline               | 1ms
					resilience.mcp.probe.timeout=-1s                    | resilience.mcp.probe.timeout          | negative
					resilience.mcp.tools.pay.timeout=0s                 | resilience.mcp.tools.pay.timeout      | 1ms
					resilience.mcp.connections.x.timeout=-1s            | resilience.mcp.connections.x.timeout  | negative
					resilience.mcp.connections.x.timeout=0s             | resilience.mcp.connections.x.timeout  | 1ms
					resilience.mcp.connections.x.retry.max-backoff=-1s  | resilience.mcp.connections.x.retry.max-backoff | negative
					resilience.mcp.connections.x.breaker.open-for=0s    | resilience.mcp.connections.x.breaker.open-for  | 1ms
					resilience.mcp.connections.x.breaker.slow-call=-1s  | resilience.mcp.connections.x.breaker.slow-call | negative
					resilience.mcp.retry.initial-backoff=-1ms           | resilience.mcp.retry.initial-backoff  | negative
					resilience.mcp.retry.max-retry-after=-1s            | resilience.mcp.retry.max-retry-after  | negative
					resilience.mcp.breaker.slow-call=0s                 | resilience.mcp.breaker.slow-call      | 1ms
					resilience.mcp.connections.x.hedge.after=soon       | resilience.mcp.connections.x.hedge.after | p95
					resilience.mcp.hedge.after=-5ms                     | resilience.mcp.hedge.after            | positive
					resilience.mcp.chains.search=                       | resilience.mcp.chains.search          | no target
					resilience.mcp.chains.search=a,a                    | resilience.mcp.chains.search          | twice
					resilience.mcp.tools.my.tool.timeout=3s             | resilience.mcp.tools.my               | brackets
					resilience.mcp.tools.my.tool.replay=never           | resilience.mcp.tools.my               | brackets
					resilience.mcp.tools.pay.timout=3s                  | resilience.mcp.tools.pay              | neither
					""")
	void aWrongValueIsNamed(String wrong, String property, String problem) {
		this.runner.withPropertyValues(wrong).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = new ResilienceConfigurationFailureAnalyzer()
				.analyze(context.getStartupFailure());
			assertThat(analysis).isNotNull();
			assertThat(analysis.getDescription() + " " + analysis.getAction()).contains(property).contains(problem);
			assertThat(analysis.getAction()).isNotBlank();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "[my.tool]", "[my/tool]", "[my_tool]", "my_tool", "my-tool", "[Pay.Now]", "pay" })
	void aToolMayHaveAnyName(String key) {
		String name = key.replace("[", "").replace("]", "");
		MockEnvironment environment = new MockEnvironment()
			.withProperty("resilience.mcp.tools." + key + ".timeout", "3s")
			.withProperty("resilience.mcp.tools." + key + ".replay", "never");
		ConfigurationCheck check = new ConfigurationCheck();
		check.setEnvironment(environment);
		check.postProcessBeanFactory(new DefaultListableBeanFactory());
		assertThat(ConfigurationCheck.bind(environment).mcp().tools())
			.containsExactlyEntriesOf(Map.of(name, new ResilienceProperties.Tool(Duration.ofSeconds(3), Replay.NEVER)));
	}

	@Test
	void aChainMayNotTakeTheNameOfAConnectionThatStandsAlone() {
		assertThatThrownBy(() -> start("resilience.mcp.chains.first=second").close())
			.hasStackTraceContaining("resilience.mcp.chains.first")
			.hasStackTraceContaining("stands in no chain");
	}

	@Test
	void itMayTakeTheNameOfOneOfItsMembers() {
		try (ConfigurableApplicationContext context = start("resilience.mcp.chains.first=first,second")) {
			assertThat((List<?>) context.getBean("mcpSyncClients")).hasSize(1);
		}
	}

	@ParameterizedTest
	@CsvSource({ "resilience.mcp.connections.third.timeout=1s, resilience.mcp.connections.third",
			"'resilience.mcp.chains.search=first,third', resilience.mcp.chains.search" })
	void anUnknownConnectionStopsStartUp(String wrong, String property) {
		assertThatThrownBy(() -> start(wrong).close()).hasStackTraceContaining(property)
			.hasStackTraceContaining("names the unknown MCP connection 'third'");
	}

	@Test
	void whatTheApplicationSetsOnTheHttpClientsOfItsConnectionsHolds() {
		try (ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE, Proxied.class,
				List.of("spring.ai.openai.api-key=none",
						"spring.ai.mcp.client.streamable-http.connections.new.url=http://new.invalid",
						"spring.ai.mcp.client.sse.connections.old.url=http://old.invalid"))) {
			Awaitility.await().untilAsserted(() -> assertThat(Proxied.ASKED).contains("new.invalid", "old.invalid"));
		}
	}

	private static ConfigurableApplicationContext start(String property) {
		try (McpTestServer first = new McpTestServer("one"); McpTestServer second = new McpTestServer("two")) {
			return TestApplication.run(List.of("spring.ai.openai.api-key=none",
					"spring.ai.mcp.client.streamable-http.connections.first.url=" + first.url(),
					"spring.ai.mcp.client.streamable-http.connections.second.url=" + second.url()), property);
		}
	}

	/** An application whose MCP servers are behind a proxy, which is down. */
	@Configuration(proxyBeanMethods = false)
	static class Proxied extends TestApplication.Application {

		static final Set<String> ASKED = ConcurrentHashMap.newKeySet();

		private static final ProxySelector PROXY = new ProxySelector() {

			@Override
			public List<Proxy> select(URI uri) {
				ASKED.add(uri.getHost());
				return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)));
			}

			@Override
			public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {
				// It is down
			}

		};

		@Bean
		McpClientCustomizer<HttpClientStreamableHttpTransport.Builder> proxied() {
			return (name, transport) -> transport.customizeClient((client) -> client.proxy(PROXY));
		}

		@Bean
		@SuppressWarnings("deprecation") // As long as there are servers that speak it
		McpClientCustomizer<HttpClientSseClientTransport.Builder> proxiedToo() {
			return (name, transport) -> transport.customizeClient((client) -> client.proxy(PROXY));
		}

	}

}
