package io.github.agentresilience.mcp.internal.client;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class McpClientCoverageTests {

	@ParameterizedTest
	@ValueSource(classes = { McpSyncClient.class, McpAsyncClient.class })
	void everyPublicMethodOfTheSdksClientsHasItsPlace(Class<?> client) {
		for (Method method : client.getDeclaredMethods()) {
			if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
				assertThat(McpMethods.covers(method.getName())).as(client.getSimpleName() + "." + method.getName())
					.isTrue();
				assertThat(Modifier.isFinal(method.getModifiers())).as(method + " can be taken over").isFalse();
			}
		}
		assertThat(McpMethods.covers("somethingNew")).isFalse();
	}

}
