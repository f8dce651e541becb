package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.autoconfigure.internal.whatif.CandidateReader;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Two providers over HTTP, of which the first has an outage at a scripted time, and
 * applications that call them at a steady rate.
 */
final class OutageOverHttp implements AutoCloseable {

	private static final int CALLS_PER_SECOND = 25;

	private final ScriptedProvider first = new ScriptedProvider();

	private final ScriptedProvider second = new ScriptedProvider();

	private final Duration from;

	private final Duration until;

	private final Duration during;

	private volatile long start;

	/**
	 * @param from when the outage begins, after the start of a run
	 * @param until when it ends
	 * @param during how long calls come
	 */
	OutageOverHttp(Duration from, Duration until, Duration during) {
		this.from = from;
		this.until = until;
		this.during = during;
		Reply answer = Reply.text("fine").delay(Duration.ofMillis(200));
		Reply down = Reply.status(503).delay(Duration.ofMillis(40));
		this.first.by((number) -> isDown() ? down : answer);
		this.second.always(Reply.text("fine").delay(Duration.ofMillis(320)));
	}

	private boolean isDown() {
		long began = this.start;
		long after = System.nanoTime() - began;
		return began != 0 && after >= this.from.toNanos() && after < this.until.toNanos();
	}

	private ConfigurableApplicationContext start(List<String> policy) {
		List<String> all = new ArrayList<>(List.of("resilience.llm.targets.a.base-url=" + this.first.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.second.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.breaker.open-for=400ms"));
		all.addAll(policy);
		return TestApplication.run(all);
	}

	/** What a run under a policy came to. */
	Figures run(List<String> policy) throws Exception {
		try (ConfigurableApplicationContext context = start(policy)) {
			Recording recording = record(context);
			return Figures.of(recording, recording.chains().get(0), context.getBean(CandidateReader.class).inForce());
		}
	}

	/** What a run under one policy says of others. */
	List<WhatIf.ChainOutcome> predict(List<String> policy, List<String> candidates) throws Exception {
		try (ConfigurableApplicationContext context = start(policy)) {
			Recording recording = record(context);
			CandidateReader reader = context.getBean(CandidateReader.class);
			List<WhatIf.ChainOutcome> outcomes = new ArrayList<>();
			for (String candidate : candidates) {
				outcomes.add(context.getBean(WhatIf.class)
					.ask(recording, reader.inForce(), reader.read(candidate))
					.chains()
					.get(0));
			}
			return outcomes;
		}
	}

	private Recording record(ConfigurableApplicationContext context) throws Exception {
		ChatModel model = context.getBean(ChatModel.class);
		this.start = 0;
		for (int i = 0; i < 5; i++) {
			model.call(new Prompt("warm up"));
		}
		this.start = System.nanoTime();
		long from = this.start;
		ExecutorService callers = Executors.newCachedThreadPool();
		ScheduledExecutorService ticker = Executors.newScheduledThreadPool(1);
		Future<?> ticking = ticker.scheduleAtFixedRate(() -> callers.execute(() -> call(model)), 0,
				TimeUnit.SECONDS.toNanos(1) / CALLS_PER_SECOND, TimeUnit.NANOSECONDS);
		ticker.schedule(() -> ticking.cancel(false), this.during.toMillis(), TimeUnit.MILLISECONDS).get();
		ticker.shutdown();
		callers.shutdown();
		if (!callers.awaitTermination(30, TimeUnit.SECONDS)) {
			throw new AssertionError("Calls do not end");
		}
		Recording all = context.getBean(Recorder.class).recording();
		return new Recording(all.until(), all.untilNanos(), all.chains(),
				all.calls().stream().filter((call) -> call.startNanos() >= from).toList(), all.others());
	}

	private static void call(ChatModel model) {
		try {
			model.call(new Prompt("hi"));
		}
		catch (ChainExhaustedException expected) {
			// The recorder has heard of it
		}
	}

	@Override
	public void close() {
		this.first.close();
		this.second.close();
	}

}
