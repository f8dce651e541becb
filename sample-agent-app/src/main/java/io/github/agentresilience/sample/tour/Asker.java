package io.github.agentresilience.sample.tour;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.sample.Agent;
import io.github.agentresilience.sample.Agent.Answer;
import io.github.agentresilience.sample.Agent.Piece;

/**
 * Asks the agent all the time while a step of the tour lasts.
 */
final class Asker {

	private static final int CALLERS = 2;

	private static final long PAUSE_MILLIS = 100;

	private static final long LONGEST_SECONDS = 60;

	private final Agent agent;

	private final List<Answered> answers = new CopyOnWriteArrayList<>();

	private final AtomicInteger asked = new AtomicInteger();

	private ScheduledExecutorService callers = Executors.newScheduledThreadPool(CALLERS);

	Asker(Agent agent) {
		this.agent = agent;
	}

	/** Asks these in turn until {@link #pause()}. */
	void ask(List<Question> questions) {
		this.callers = Executors.newScheduledThreadPool(CALLERS);
		for (int i = 0; i < CALLERS; i++) {
			this.callers.scheduleWithFixedDelay(
					() -> ask(questions.get(this.asked.getAndIncrement() % questions.size())), 0, PAUSE_MILLIS,
					TimeUnit.MILLISECONDS);
		}
	}

	/** Asks no more, and waits for what has been asked. */
	void pause() throws InterruptedException {
		this.callers.shutdown();
		if (!this.callers.awaitTermination(LONGEST_SECONDS, TimeUnit.SECONDS)) {
			this.callers.shutdownNow();
		}
	}

	void forget() {
		this.answers.clear();
		this.asked.set(0);
	}

	List<Answered> answers() {
		return List.copyOf(this.answers);
	}

	private void ask(Question question) {
		long began = System.nanoTime();
		Answered answered;
		try {
			answered = question.streams() ? streamed(question, began) : called(question, began);
		}
		catch (RuntimeException ex) {
			answered = new Answered(question, false, "", millisSince(began), false);
		}
		this.answers.add(answered);
	}

	private Answered called(Question question, long began) {
		Answer answer = this.agent.ask(question.text(), question.chain());
		return new Answered(question, question.isAnsweredBy(answer.answer()), answer.target(), millisSince(began),
				false);
	}

	private Answered streamed(Question question, long began) {
		StringBuilder text = new StringBuilder();
		String target = "";
		boolean restarted = false;
		for (Piece piece : this.agent.stream(question.text(), question.chain()).toIterable()) {
			if (piece.restart()) {
				text.setLength(0);
				restarted = true;
			}
			text.append(piece.text());
			target = piece.target().isEmpty() ? target : piece.target();
		}
		return new Answered(question, question.isAnsweredBy(text.toString()), target, millisSince(began), restarted);
	}

	private static long millisSince(long began) {
		return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
	}

}
