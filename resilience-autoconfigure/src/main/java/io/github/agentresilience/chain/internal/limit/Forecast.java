package io.github.agentresilience.chain.internal.limit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * When calls that wait will be given what they need, by what is known now: each by the
 * target that has it first, one after the other in the order in which they go. Not safe
 * for threads.
 */
public final class Forecast {

	private final List<Outlook> outlooks = new ArrayList<>(4);

	/**
	 * Whether it counts how long attempts occupy their places, of which is known only how
	 * it was of late.
	 */
	private final boolean ofPlaces;

	private Forecast(Collection<Limits> limits, boolean ofPlaces) {
		this.ofPlaces = ofPlaces;
		limits.forEach(this::include);
	}

	/**
	 * Of calls that come when all have been given what they need that wait for one of
	 * these targets.
	 */
	public static Forecast afterAll(Collection<Limits> limits) {
		Forecast forecast = new Forecast(limits, true);
		forecast.serveThoseBefore(null);
		return forecast;
	}

	/**
	 * How long until a call is given what it needs, in nanoseconds.
	 * @param call one that waits, or may
	 */
	static long nanosUntilServed(Waiting call) {
		Forecast forecast = new Forecast(call.places().stream().map(Waiting.Place::limits).toList(), true);
		forecast.serveThoseBefore(call);
		return (long) Math.ceil(forecast.turn(call).when());
	}

	/** Ends the waits of those whose turn will come too late. */
	static void endWaitsInVain(Limits limits, long nowNanos) {
		Forecast forecast = new Forecast(List.of(limits), false);
		List<Runnable> tooLate = new ArrayList<>();
		InOrder calls = forecast.calls();
		for (Waiting next = calls.next(); next != null; next = calls.next()) {
			Waiting call = next;
			Turn turn = forecast.turn(call);
			if (turn.when() > call.untilNanos() - nowNanos) {
				tooLate.add(() -> call.endInVain((long) turn.when()));
			}
			else {
				turn.take();
			}
		}
		tooLate.forEach(Runnable::run);
	}

	/** How long until there is room for such a call, in nanoseconds. */
	long nanosUntilRoom(Limits limits, Need need) {
		return (long) Math.ceil(outlook(limits).when(need));
	}

	private void include(Limits limits) {
		if (find(limits) != null) {
			return;
		}
		this.outlooks.add(limits.outlook(this.ofPlaces));
		for (Waiting waiting : limits.line().all()) {
			for (Waiting.Place place : waiting.places()) {
				include(place.limits());
			}
		}
	}

	private void serveThoseBefore(@Nullable Waiting last) {
		InOrder calls = calls();
		for (Waiting call = calls.next(); call != null; call = calls.next()) {
			if (last != null && call.compareTo(last) >= 0) {
				return;
			}
			turn(call).take();
		}
	}

	private InOrder calls() {
		List<Iterator<Waiting>> lines = new ArrayList<>(this.outlooks.size());
		this.outlooks.forEach((outlook) -> lines.add(outlook.limits().line().all().iterator()));
		return new InOrder(lines);
	}

	private Turn turn(Waiting call) {
		Turn first = null;
		for (Waiting.Place place : call.places()) {
			Outlook outlook = outlook(place.limits());
			double when = outlook.when(place.need());
			if (first == null || when < first.when()) {
				first = new Turn(outlook, place.need(), when);
			}
		}
		if (first == null) {
			throw new IllegalStateException("It waits for nothing");
		}
		return first;
	}

	private Outlook outlook(Limits limits) {
		Outlook known = find(limits);
		if (known == null) {
			// Somebody has come just now
			known = limits.outlook(this.ofPlaces);
			this.outlooks.add(known);
		}
		return known;
	}

	private @Nullable Outlook find(Limits limits) {
		for (Outlook outlook : this.outlooks) {
			if (outlook.limits() == limits) {
				return outlook;
			}
		}
		return null;
	}

	/** A target gives a call what it needs then. */
	private record Turn(Outlook outlook, Need need, double when) {

		void take() {
			this.outlook.take(this.need, this.when);
		}

	}

	/** The calls of several lines, each once, who goes first in front. */
	private static final class InOrder {

		private final List<Iterator<Waiting>> lines;

		private final List<@Nullable Waiting> heads = new ArrayList<>();

		InOrder(List<Iterator<Waiting>> lines) {
			this.lines = lines;
			lines.forEach((line) -> this.heads.add(line.hasNext() ? line.next() : null));
		}

		@Nullable Waiting next() {
			Waiting first = null;
			for (Waiting head : this.heads) {
				first = (head != null && (first == null || head.compareTo(first) < 0)) ? head : first;
			}
			for (int i = 0; first != null && i < this.heads.size(); i++) {
				Waiting head = this.heads.get(i);
				if (head != null && head.compareTo(first) == 0) {
					Iterator<Waiting> line = this.lines.get(i);
					this.heads.set(i, line.hasNext() ? line.next() : null);
				}
			}
			return first;
		}

	}

}
