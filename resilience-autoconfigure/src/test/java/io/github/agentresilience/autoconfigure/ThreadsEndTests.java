package io.github.agentresilience.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.github.agentresilience.chaos.internal.experiment.Experiments;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever an application has done, no thread of ours outlasts its context.
 */
@Timeout(90)
class ThreadsEndTests extends TwoProviders {

	private static Set<Thread> ours() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("resilience-"))
			.collect(Collectors.toSet());
	}

	@Test
	void noThreadOutlastsTheContextOfAnApplicationThatHasDoneEverything() {
		Set<Thread> before = ours();
		this.primary.always(Reply.status(503));
		String experiment = "resilience.chaos.experiments.outage.";
		try (McpTestServer server = new McpTestServer("one")) {
			this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
					"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
					"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
					"resilience.llm.probe.enabled=true", "resilience.llm.hedge.enabled=true",
					"resilience.llm.hedge.after=5ms", "resilience.llm.breaker.minimum-calls=2",
					"resilience.chaos.enabled=true", experiment + "fault.fault=random", experiment + "fault.rate=1.0",
					experiment + "fault.layer=llm", experiment + "fault.target=a", experiment + "duration=60s",
					experiment + "steady-state.success-rate=0.5", experiment + "probe.prompt=ping",
					experiment + "every=1h",
					"spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url()));
			ResilientChatModel model = this.context.getBean(ResilientChatModel.class);
			for (int i = 0; i < 5; i++) {
				model.call(new Prompt("hi"));
				model.stream(new Prompt("hi")).blockLast();
			}
			ObjectProvider<List<McpSyncClient>> clients = this.context
				.getBeanProvider(ResolvableType.forClassWithGenerics(List.class, McpSyncClient.class));
			clients.getObject()
				.get(0)
				.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "x")).build());
			this.context.getBean(Experiments.class).start("outage");
			Awaitility.await()
				.atMost(30, TimeUnit.SECONDS)
				.untilAsserted(() -> assertThat(ours()).extracting(Thread::getName)
					.contains("resilience-timer", "resilience-scheduler")
					.anyMatch((name) -> name.startsWith("resilience-experiment-")));
			this.context.close();
		}
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.untilAsserted(() -> assertThat(ours()).filteredOn((thread) -> !before.contains(thread)).isEmpty());
	}

}
