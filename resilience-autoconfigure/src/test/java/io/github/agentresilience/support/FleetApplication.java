package io.github.agentresilience.support;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * One instance of a fleet, for a process of its own. It says when the breaker of its
 * target {@code a} moves, and does what it is told on its standard input: {@code go
 * <milliseconds between calls>}, {@code halt}, {@code state}, {@code p99} (of the calls
 * since the last time, in microseconds).
 */
public final class FleetApplication {

	private FleetApplication() {
	}

	/** Starts it with properties as arguments. */
	public static void main(String[] properties) throws Exception {
		AtomicInteger answered = new AtomicInteger();
		AtomicInteger failed = new AtomicInteger();
		Histogram micros = new ConcurrentHistogram(3);
		ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
		try (ConfigurableApplicationContext context = TestApplication.run(List.of(properties))) {
			ChatModel model = context.getBean(ChatModel.class);
			GuardedTarget<?, ?> target = context.getBean(ChainRegistry.class)
				.targets(Layer.LLM)
				.stream()
				.filter((each) -> each.name().equals("a"))
				.findFirst()
				.orElseThrow();
			target.breaker()
				.getEventPublisher()
				.onStateTransition(
						(event) -> say("MOVED", System.currentTimeMillis(), event.getStateTransition().getToState()));
			say("READY", target.breaker().getState());
			BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			ScheduledFuture<?> calls = null;
			for (String line = input.readLine(); line != null; line = input.readLine()) {
				String[] words = line.split(" ");
				switch (words[0]) {
					case "go" -> {
						say("GOING", words[1]);
						calls = threads.scheduleAtFixedRate(() -> {
							long begun = System.nanoTime();
							try {
								model.call(new Prompt("hi"));
								answered.incrementAndGet();
							}
							catch (RuntimeException ex) {
								failed.incrementAndGet();
							}
							micros.recordValue((System.nanoTime() - begun) / 1_000);
						}, 0, Long.parseLong(words[1]), TimeUnit.MILLISECONDS);
					}
					case "halt" -> calls.cancel(false);
					case "state" -> say("STATE", target.breaker().getState(), answered, failed);
					case "p99" -> {
						say("P99", micros.getValueAtPercentile(99));
						micros.reset();
					}
					default -> throw new IllegalArgumentException(line);
				}
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static void say(Object... words) {
		StringBuilder line = new StringBuilder("FLEET");
		for (Object word : words) {
			line.append(' ').append(word);
		}
		System.out.println(line);
	}

}
