package io.github.agentresilience.chain.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every place at which a chain calls code that is not its own, and a thousand random
 * calls with code there that throws. Whatever it throws, each call ends in time and is
 * told of once, and nothing that a call took is left over.
 */
@Timeout(120)
class HostileCodeTests {

	private static final int CALLS = 1000;

	private static final int AT_ONCE = 32;

	private static ExecutorService callers;

	private static ScheduledExecutorService cancelling;

	@BeforeAll
	static void open() {
		callers = Executors.newFixedThreadPool(AT_ONCE);
		cancelling = Executors.newSingleThreadScheduledExecutor();
	}

	@AfterAll
	static void close() {
		callers.shutdownNow();
		cancelling.shutdownNow();
	}

	@ParameterizedTest
	@ValueSource(strings = { "nowhere", "forChain", "callStarted", "attemptStarted", "attemptLeft", "attemptEnded",
			"attemptJudged", "targetSkipped", "callEnded", "callLeft", "contextFor", "classifier", "judge",
			"acceptance", "isOutput", "textOf", "last resort", "replayable", "repeatable", "capture", "carry before",
			"carry after", "stream context", "hook before", "hook after", "hook", "target call", "target assembly",
			"target subscription", "target chunk", "target request", "target cancel", "target disposal",
			"target cancellable", "breaker event", "breaker record", "breaker ignore" })
	void aThousandCalls(String place) throws Exception {
		long seed = System.nanoTime();
		run(place, seed);
	}

	private static void run(String place, long seed) throws Exception {
		System.out.println("hostile at " + place + ": seed " + seed);
		Random random = new Random(seed);
		try (HostileChain chain = new HostileChain(place, cancelling)) {
			List<Callable<@Nullable String>> calls = new ArrayList<>();
			for (int i = 0; i < CALLS; i++) {
				calls.add(chain.call(i, random));
			}
			List<Future<@Nullable String>> results = callers.invokeAll(calls, 60, TimeUnit.SECONDS);
			for (int i = 0; i < CALLS; i++) {
				assertThat(results.get(i).isCancelled()).as("call %s never ended", i).isFalse();
				assertThat(results.get(i).get()).as("call %s, seed %s", i, seed).isNull();
			}
			chain.verify();
			assertThat(chain.hostile.thrown() > 0).isEqualTo(!place.equals("nowhere"));
		}
	}

}
