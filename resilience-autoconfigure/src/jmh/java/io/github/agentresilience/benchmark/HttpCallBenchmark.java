package io.github.agentresilience.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpServer;
import io.github.agentresilience.autoconfigure.MetersResilienceAutoConfiguration;
import io.github.agentresilience.autoconfigure.ObservationResilienceAutoConfiguration;
import io.github.agentresilience.support.TestApplication;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What recording adds to a whole call: an application with all layers asks a provider on loopback that answers at once.
 * Its traces are sampled at 0. What the application itself records of models and HTTP is the same in both.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
public class HttpCallBenchmark {

	private static final byte[] ANSWER = """
			{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",
			"message":{"role":"assistant","content":"I am well."}}],
			"usage":{"prompt_tokens":3,"completion_tokens":3,"total_tokens":6}}""".getBytes(StandardCharsets.UTF_8);

	private static final String EXCLUDED = MetersResilienceAutoConfiguration.class.getName() + ","
			+ ObservationResilienceAutoConfiguration.class.getName();

	private final Prompt prompt = new Prompt("How are you?");

	private final ExecutorService threads = Executors.newCachedThreadPool();

	/** Whether calls are counted, timed and traced. */
	@Param({ "false", "true" })
	private boolean recorded;

	private HttpServer provider;

	private ConfigurableApplicationContext context;

	private ChatModel model;

	@Setup
	public void setUp() throws IOException {
		// Its headers and its body are two writes, and would wait for each other
		System.setProperty("sun.net.httpserver.nodelay", "true");
		this.provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.provider.setExecutor(this.threads);
		this.provider.createContext("/v1", (exchange) -> {
			exchange.getRequestBody().readAllBytes();
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(200, ANSWER.length);
			exchange.getResponseBody().write(ANSWER);
			exchange.close();
		});
		this.provider.start();
		this.context = TestApplication.run(List.of(
				"resilience.llm.targets.a.base-url=http://127.0.0.1:" + this.provider.getAddress().getPort() + "/v1",
				"resilience.llm.targets.a.model=m", "spring.autoconfigure.exclude=" + (this.recorded ? "" : EXCLUDED)));
		this.model = this.context.getBean(ChatModel.class);
	}

	@TearDown
	public void tearDown() {
		this.context.close();
		this.provider.stop(0);
		this.threads.shutdownNow();
	}

	@Benchmark
	public ChatResponse call() {
		return this.model.call(this.prompt);
	}

}
