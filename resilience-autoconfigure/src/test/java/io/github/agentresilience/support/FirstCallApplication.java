package io.github.agentresilience.support;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application for a process of its own, which waits until its warm-up is over, if it
 * has one, and says how its first call and its first stream went.
 */
public final class FirstCallApplication {

	private FirstCallApplication() {
	}

	private static boolean warmsUp() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().startsWith("resilience-warm-up-"));
	}

	/** Starts it with properties as arguments. */
	public static void main(String[] properties) throws Exception {
		try (ConfigurableApplicationContext context = TestApplication.run(List.of(properties))) {
			boolean warmUp = false;
			while (warmsUp()) {
				warmUp = true;
				TimeUnit.MILLISECONDS.sleep(20);
			}
			Scorecard scorecard = context.getBean(Scorecard.class);
			say("warm-up", warmUp);
			say("threads left",
					Thread.getAllStackTraces()
						.keySet()
						.stream()
						.map(Thread::getName)
						.filter((name) -> name.startsWith("resilience-stream-") || name.startsWith("resilience-http-"))
						.toList());
			say("scored before", scorecard.snapshot().overall().calls());
			say("meters before", context.getBean(MeterRegistry.class)
				.getMeters()
				.stream()
				.map((meter) -> meter.getId().getName())
				.filter((name) -> name.startsWith("gen_ai") || name.startsWith("spring.ai") || name.startsWith("okhttp")
						|| name.startsWith("resilience.call") || name.startsWith("resilience.attempt"))
				.toList());
			say("breakers",
					context.getBean(CircuitBreakerRegistry.class)
						.getAllCircuitBreakers()
						.stream()
						.map(CircuitBreaker::getName)
						.sorted()
						.collect(Collectors.joining(",")));
			ChatClient client = context.getBean(ChatClient.Builder.class).build();
			long start = System.nanoTime();
			ChatResponse answer = client.prompt("the first call").call().chatResponse();
			say("call ms", (System.nanoTime() - start) / 1_000_000);
			say("served by", String.valueOf(answer.getMetadata().<Object>get("resilience.target")));
			start = System.nanoTime();
			client.prompt("the first stream").stream().content().blockLast();
			say("stream ms", (System.nanoTime() - start) / 1_000_000);
			say("failed attempts",
					scorecard.snapshot()
						.layers()
						.get(Layer.LLM)
						.targets()
						.values()
						.stream()
						.mapToLong((target) -> target.failed())
						.sum());
		}
	}

	private static void say(String what, Object value) {
		System.out.println("FIRST " + what + ": " + value);
	}

}
