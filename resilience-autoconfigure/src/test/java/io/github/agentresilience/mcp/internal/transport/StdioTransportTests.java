package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.support.ManualTime;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.mockito.AdditionalAnswers;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.client.common.autoconfigure.NamedClientMcpTransport;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

/**
 * The processes of stdio servers.
 */
@Timeout(60)
class StdioTransportTests {

	private final List<StdioTransport> started = new ArrayList<>();

	/**
	 * Starts a server that says so, and then hears of nothing, not even that it is to
	 * end.
	 */
	private final Supplier<McpClientTransport> deaf = like(
			own("trap '' TERM; echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; while :; do sleep 0.1; done",
					JsonRpc.json()));

	private static StdioClientTransport own(String script, McpJsonMapper json) {
		return new StdioClientTransport(ServerParameters.builder("sh").args("-c", script).build(), json);
	}

	private static Supplier<McpClientTransport> like(StdioClientTransport own) {
		return StdioTransport.of("local", own, ServerParameters.builder("no-such-command").build());
	}

	private McpClientTransport start() {
		StdioTransport transport = (StdioTransport) this.deaf.get();
		this.started.add(transport);
		return transport;
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void aProcessThatDoesNotEndIsNotLeftBehindByARestart() throws Exception {
		ManualTime time = ManualTime.standing();
		try (ChainRuntime runtime = new ChainRuntime(time, new Workers(), ContextCarrier.NONE)) {
			TrackedTransport tracked = new TrackedTransport(start(), this::start, true, false, Background.of(runtime));
			CountDownLatch up = new CountDownLatch(1);
			tracked.connect((messages) -> messages.doOnNext((message) -> up.countDown())).block();
			assertThat(up.await(30, TimeUnit.SECONDS)).isTrue();
			CompletableFuture<Void> ended = CompletableFuture.runAsync(this.started.get(0)::awaitForExit);
			CountDownLatch upAgain = new CountDownLatch(1);
			tracked.connect((messages) -> messages.doOnNext((message) -> upAgain.countDown())).subscribe();
			assertThat(this.started).hasSize(2);
			time.advance(Duration.ofSeconds(9));
			assertThat(ended).isNotDone();
			time.advance(Duration.ofSeconds(1));
			ended.get(30, TimeUnit.SECONDS);
			// One that is still being started could not be killed
			assertThat(upAgain.await(30, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			this.started.forEach(StdioTransport::kill);
		}
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void whatIsSetOnTheTransportOfTheConnectionHoldsForEachProcess() throws Exception {
		McpJsonMapper json = mock(McpJsonMapper.class, AdditionalAnswers.delegatesTo(JsonRpc.json()));
		StdioClientTransport own = own("read line; echo \"heard $line\" >&2; read line", json);
		BlockingQueue<String> errors = new LinkedBlockingQueue<>();
		own.setStdErrorHandler((line) -> errors.add("first " + line));
		Supplier<McpClientTransport> processes = like(own);
		for (String handler : List.of("first", "second")) {
			McpClientTransport transport = processes.get();
			this.started.add((StdioTransport) transport);
			transport.connect(Function.identity()).block();
			transport.sendMessage(new JSONRPCNotification("up", null)).block();
			assertThat(errors.poll(30, TimeUnit.SECONDS)).startsWith(handler + " heard {").contains("\"up\"");
			own.setStdErrorHandler((line) -> errors.add("second " + line));
		}
		verify(json, times(2)).writeValueAsString(any());
		this.started.forEach(StdioTransport::kill);
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void messagesComeInTheOrderAndOnTheThreadThatTheyComeInFromTheTransportOfTheSdk() throws Exception {
		StdioClientTransport own = own("""
				echo '{"jsonrpc":"2.0","method":"a"}'; echo '{"jsonrpc":"2.0","method":"b"}'
				echo '{"jsonrpc":"2.0","id":1,"result":{}}'; echo '{"jsonrpc":"2.0","method":"c"}'; read line
				""", JsonRpc.json());
		StdioTransport ours = (StdioTransport) like(own).get();
		this.started.add(ours);
		for (McpClientTransport transport : List.of(own, ours)) {
			BlockingQueue<String> handled = new LinkedBlockingQueue<>();
			BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
			transport.connect((messages) -> messages.flatMap((message) -> {
				threads.add(Thread.currentThread());
				String name = (message instanceof JSONRPCNotification notification) ? notification.method()
						: "response";
				handled.add(name + " begins");
				if (name.equals("b")) {
					// Its handler is done at some other time, which keeps nothing waiting
					return Mono.never();
				}
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
				handled.add(name + " ends");
				return Mono.empty();
			})).block();
			for (String each : List.of("a begins", "a ends", "b begins", "response begins", "response ends", "c begins",
					"c ends")) {
				assertThat(handled.poll(30, TimeUnit.SECONDS)).isEqualTo(each);
			}
			assertThat(Set.copyOf(threads)).hasSize(1);
			transport.closeGracefully().block();
		}
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void anApplicationHearsTheErrorsOfAServerThatSpringAiStarts() throws Exception {
		try (ConfigurableApplicationContext context = TestApplication
			.start(WebApplicationType.NONE, Listening.class, List.of("spring.ai.model.chat=none",
					"spring.ai.mcp.client.stdio.connections.local.command=sh",
					"spring.ai.mcp.client.stdio.connections.local.args[0]=-c",
					"spring.ai.mcp.client.stdio.connections.local.args[1]=echo I am up >&2; read line; read line"))) {
			assertThat(context.getBean(Listening.class).errors.poll(30, TimeUnit.SECONDS)).isEqualTo("I am up");
		}
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Listening implements BeanPostProcessor {

		final BlockingQueue<String> errors = new LinkedBlockingQueue<>();

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (beanName.equals("stdioTransports")) {
				for (Object each : (List<?>) bean) {
					((StdioClientTransport) ((NamedClientMcpTransport) each).transport())
						.setStdErrorHandler(this.errors::add);
				}
			}
			return bean;
		}

	}

}
