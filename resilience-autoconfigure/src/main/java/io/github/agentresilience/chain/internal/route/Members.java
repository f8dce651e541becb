package io.github.agentresilience.chain.internal.route;

import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.internal.limit.Forecast;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * What holds of the targets of a chain together, in whatever order a call goes through
 * them.
 */
public final class Members {

	private Members() {
	}

	/** The one that the chain names last. */
	public static <Q, A> Member<Q, A> last(List<Member<Q, A>> members) {
		Member<Q, A> last = members.get(0);
		for (Member<Q, A> member : members) {
			last = (member.position() > last.position()) ? member : last;
		}
		return last;
	}

	/**
	 * Whether every breaker is open. A target that the operator took out of service is no
	 * way out either; as the last it is not asked at all.
	 */
	public static <Q, A> boolean areAllOpen(List<Member<Q, A>> members) {
		int last = last(members).position();
		for (Member<Q, A> member : members) {
			CircuitBreaker.State state = member.target().breaker().getState();
			if (state != CircuitBreaker.State.OPEN
					&& (state != CircuitBreaker.State.FORCED_OPEN || member.position() == last)) {
				return false;
			}
		}
		return true;
	}

	/**
	 * How long until one of them may be asked again, in nanoseconds, as far as that is
	 * known; 0 where one may be asked now.
	 * @param tokens about how many tokens a call takes, {@code null} where that is not
	 * known
	 * @param nowNanos the chain's clock
	 */
	public static <Q, A> long availableInNanos(List<Member<Q, A>> members, @Nullable TokenEstimate tokens,
			long nowNanos) {
		long soonest = Long.MAX_VALUE;
		Forecast forecast = Forecast.afterAll(limits(members));
		for (Member<Q, A> member : members) {
			Limits limits = member.target().limits();
			long limited = (limits != null) ? limits.nanosUntilRoom(forecast, tokens, member.position()) : 0;
			soonest = Math.min(soonest, Math.max(limited, member.target().unavailableForNanos(nowNanos)));
		}
		return soonest;
	}

	private static <Q, A> List<Limits> limits(List<Member<Q, A>> members) {
		List<Limits> all = new ArrayList<>(members.size());
		for (Member<Q, A> member : members) {
			Limits limits = member.target().limits();
			if (limits != null) {
				all.add(limits);
			}
		}
		return all;
	}

}
