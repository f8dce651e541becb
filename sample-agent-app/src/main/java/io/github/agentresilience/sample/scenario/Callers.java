package io.github.agentresilience.sample.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.sample.Agent;
import io.github.agentresilience.sample.Agent.Piece;

/**
 * Those who ask the agent, several at once.
 */
final class Callers implements AutoCloseable {

	private final Agent agent;

	private final boolean answersAreKnown;

	private final ExecutorService threads;

	/**
	 * Without any question.
	 * @param answersAreKnown whether what is answered can be compared with what is
	 * expected
	 */
	Callers(Agent agent, int number, boolean answersAreKnown) {
		this.agent = agent;
		this.answersAreKnown = answersAreKnown;
		this.threads = Executors.newFixedThreadPool(number);
	}

	/** Asks all of it, and counts what got an exception or a wrong answer. */
	int ask(List<Question> questions, Progress progress) {
		AtomicInteger wrong = new AtomicInteger();
		List<Future<?>> asked = new ArrayList<>();
		for (Question question : questions) {
			asked.add(this.threads.submit(() -> {
				try {
					String answer = answer(question);
					if (this.answersAreKnown && !question.isAnsweredBy(answer)) {
						wrong.incrementAndGet();
					}
				}
				catch (RuntimeException ex) {
					wrong.incrementAndGet();
				}
				progress.step();
			}));
		}
		for (Future<?> each : asked) {
			try {
				each.get(5, TimeUnit.MINUTES);
			}
			catch (Exception ex) {
				wrong.incrementAndGet();
			}
		}
		progress.end();
		return wrong.get();
	}

	private String answer(Question question) {
		if (!question.streams()) {
			return this.agent.ask(question.text(), question.chain()).answer();
		}
		StringBuilder answer = new StringBuilder();
		for (Piece piece : this.agent.stream(question.text(), question.chain()).toIterable()) {
			if (piece.restart()) {
				answer.setLength(0);
			}
			answer.append(piece.text());
		}
		return answer.toString();
	}

	@Override
	public void close() {
		this.threads.shutdown();
	}

}
