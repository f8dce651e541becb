package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.support.BusyServer;
import io.github.agentresilience.support.TestApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many calls over two servers of limited concurrency, which count for themselves.
 */
@Timeout(120)
class LimitLoadTests {

	private static final int CALLS = 2_000;

	private final ExecutorService callers = Executors.newCachedThreadPool();

	private final List<BusyServer> servers = new ArrayList<>();

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		this.context.close();
		this.callers.shutdownNow();
		this.servers.forEach(BusyServer::close);
	}

	private ChatModel start(BusyServer first, BusyServer second) {
		this.servers.addAll(List.of(first, second));
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + first.url(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.a.limits.concurrency=8",
				"resilience.llm.targets.b.base-url=" + second.url(), "resilience.llm.targets.b.model=m",
				"resilience.llm.targets.b.limits.concurrency=16", "resilience.llm.limits.queue=" + CALLS));
		return this.context.getBean(ChatModel.class);
	}

	/** Of calls that come at the same time, in order, in milliseconds. */
	private long[] waits(ChatModel model) throws Exception {
		List<Future<Long>> calls = new ArrayList<>();
		CountDownLatch go = new CountDownLatch(1);
		for (int i = 0; i < CALLS; i++) {
			calls.add(this.callers.submit(() -> {
				go.await();
				long arrived = System.nanoTime();
				model.call(new Prompt("hi"));
				return (System.nanoTime() - arrived) / 1_000_000;
			}));
		}
		go.countDown();
		long[] waits = new long[CALLS];
		for (int i = 0; i < CALLS; i++) {
			waits[i] = calls.get(i).get();
		}
		Arrays.sort(waits);
		return waits;
	}

	private List<Limits> limits() {
		List<Limits> limits = new ArrayList<>();
		this.context.getBean(ChainRegistry.class).targets(Layer.LLM).forEach((target) -> {
			assertThat(target.limits()).isNotNull();
			limits.add(target.limits());
		});
		return limits;
	}

	@Test
	void noServerIsAskedByMoreCallsAtOnceThanItMayAndAllAreAnswered() throws Exception {
		BusyServer first = new BusyServer(CALLS, Duration.ofMillis(20));
		BusyServer second = new BusyServer(CALLS, Duration.ofMillis(20));
		waits(start(first, second));
		assertThat(first.most()).isBetween(1, 8);
		assertThat(second.most()).isBetween(1, 16);
		assertThat(first.served() + second.served()).isEqualTo(CALLS);
		assertThat(limits()).allSatisfy((limits) -> {
			assertThat(limits.inFlight()).isZero();
			assertThat(limits.waiting()).isZero();
		});
	}

	@Test
	void callsThatWaitAreServedInTheOrderInWhichTheyCame() {
		BusyServer first = BusyServer.holding();
		BusyServer second = BusyServer.holding();
		ChatModel model = start(first, second);
		List<Limits> limits = limits();
		List<String> waiting = new ArrayList<>();
		for (int i = 0; i < 8 + 16 + 100; i++) {
			String prompt = "call " + i;
			this.callers.execute(() -> model.call(new Prompt(prompt)));
			if (i < 8 + 16) {
				int asked = i + 1;
				Awaitility.await().until(() -> first.prompts().size() + second.prompts().size() == asked);
			}
			else {
				waiting.add(prompt);
				Awaitility.await().until(() -> limits.get(0).waiting() == waiting.size());
			}
		}
		assertThat(first.prompts()).hasSize(8);
		assertThat(second.prompts()).hasSize(16);
		for (int i = 0; i < waiting.size(); i++) {
			BusyServer free = (i % 3 == 0) ? first : second;
			int before = free.prompts().size();
			free.release();
			Awaitility.await().until(() -> free.prompts().size() == before + 1);
			assertThat(free.prompts().get(before)).isEqualTo(waiting.get(i));
		}
		assertThat(first.most()).isEqualTo(8);
		assertThat(second.most()).isEqualTo(16);
	}

	@Test
	@Tag("goals")
	void whoComesLastWaitsNoLongerThanAllTogetherNeed() throws Exception {
		ChatModel model = start(new BusyServer(8, Duration.ofMillis(20)), new BusyServer(16, Duration.ofMillis(20)));
		waits(model);
		long[] waits = waits(model);
		System.out.printf(
				"%,d calls at once over servers of 8 and 16 that take 20 ms: wait p50 %d ms, p99 %d ms, most %d ms%n",
				CALLS, waits[CALLS / 2], waits[CALLS * 99 / 100], waits[CALLS - 1]);
		assertThat(waits[CALLS * 99 / 100]).isLessThan(10_000);
	}

}
