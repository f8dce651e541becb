package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.support.BusyServer;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A limit that finds out how many calls at once a server takes, over HTTP. The server
 * takes 200 ms for an answer.
 */
@Tag("goals")
@Timeout(180)
class AdaptiveLoadTests {

	private static final Duration SERVICE = Duration.ofMillis(200);

	private final ExecutorService callers = Executors.newCachedThreadPool();

	private final BusyServer server = new BusyServer(12, SERVICE);

	private final BusyServer other = new BusyServer(100, SERVICE);

	private final Queue<Double> millis = new ConcurrentLinkedQueue<>();

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		this.callers.shutdownNow();
		this.context.close();
		this.server.close();
		this.other.close();
	}

	private void start(String chain, int callers) {
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.server.url(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.a.limits.concurrency=adaptive",
				"resilience.llm.targets.b.base-url=" + this.other.url(), "resilience.llm.targets.b.model=m",
				"resilience.llm.chains.default=" + chain));
		ChatModel model = this.context.getBean(ChatModel.class);
		for (int i = 0; i < callers; i++) {
			this.callers.execute(() -> {
				while (!Thread.currentThread().isInterrupted()) {
					long begun = System.nanoTime();
					ask(model);
					this.millis.add((System.nanoTime() - begun) / 1e6);
				}
			});
		}
	}

	private static void ask(ChatModel model) {
		try {
			model.call(new Prompt("hi"));
		}
		catch (CallCancelledException atTheEnd) {
			Thread.currentThread().interrupt();
		}
	}

	private Limits limits() {
		Limits limits = this.context.getBean(ChainRegistry.class).targets(Layer.LLM).get(0).limits();
		assertThat(limits).isNotNull();
		return limits;
	}

	/** The mean of the limit in the last third of a time. */
	private double meanLimitAfter(int seconds) throws InterruptedException {
		TimeUnit.SECONDS.sleep(seconds * 2 / 3);
		double sum = 0;
		int samples = seconds * 10 / 3;
		for (int i = 0; i < samples; i++) {
			TimeUnit.MILLISECONDS.sleep(100);
			sum += limits().concurrency();
		}
		return sum / samples;
	}

	private double p95(int seconds) throws InterruptedException {
		this.millis.clear();
		TimeUnit.SECONDS.sleep(seconds);
		List<Double> sorted = new ArrayList<>(this.millis);
		sorted.sort(null);
		return sorted.get(sorted.size() * 95 / 100);
	}

	@Test
	void itFindsTwelveAndFollowsToSix() throws Exception {
		start("a", 40);
		double twelve = meanLimitAfter(30);
		this.server.capacity(6);
		double six = meanLimitAfter(30);
		System.out.printf("limit found for a server of 12: %.1f; of 6: %.1f%n", twelve, six);
		// The goal is a fifth, which AdaptiveLimitTests hold in a time of their own; a
		// busy
		// machine decides nothing here
		assertThat(twelve).isBetween(6.0, 20.0);
		assertThat(six).isBetween(3.0, 10.0).isLessThan(twelve);
	}

	@Test
	void aBrownoutThatHalvesItCostsTheChainLittle() throws Exception {
		start("a,b", 20);
		meanLimitAfter(20);
		double clean = p95(15);
		this.server.capacity(6);
		double halved = p95(15);
		System.out.printf("p95 of a chain whose first server takes 12 at once: %.1f ms; when it takes 6: %.1f ms%n",
				clean, halved);
		// The goal is 1.2; a busy machine decides nothing here
		assertThat(halved / clean).isLessThan(1.7);
	}

}
