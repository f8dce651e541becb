package io.github.agentresilience.chain.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many small calls, each drawn by its number, over targets that answer, fail, refuse,
 * stall or are silent, some of them cancelled underway. Whatever they come to, each ends
 * once, in time, and gives back what it took.
 */
@Timeout(120)
class ChainStressTests {

	private static final int SCRIPTS = 320;

	private static final int AT_ONCE = 16;

	private final ChainRuntime runtime = ChainRuntime.create();

	private final ScheduledExecutorService cancelling = Executors.newSingleThreadScheduledExecutor();

	private final ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);

	@AfterEach
	void close() {
		this.runtime.close();
		this.cancelling.shutdownNow();
		this.callers.shutdownNow();
	}

	@Test
	void everyCallEndsOnceInTimeAndGivesBackWhatItTook() throws Exception {
		List<StressScript> scripts = new ArrayList<>();
		for (int number = 0; number < SCRIPTS; number++) {
			scripts.add(new StressScript(number, this.runtime, this.cancelling));
		}
		List<Future<Boolean>> calls = this.callers.invokeAll(scripts, 60, TimeUnit.SECONDS);
		for (int i = 0; i < SCRIPTS; i++) {
			assertThat(calls.get(i).isCancelled()).as("%s never ended", scripts.get(i)).isFalse();
			assertThat(calls.get(i).get()).as("%s ended", scripts.get(i)).isTrue();
		}
		for (StressScript script : scripts) {
			script.verify();
		}
	}

}
