package io.github.agentresilience.chaos.internal;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.ServerFault;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chaos.BrownoutFault;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.EmptyFault;
import io.github.agentresilience.chaos.ExpiredCredentialsFault;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.MalformedFault;
import io.github.agentresilience.chaos.McpTimeoutFault;
import io.github.agentresilience.chaos.McpToolFault;
import io.github.agentresilience.chaos.RandomFault;
import io.github.agentresilience.chaos.RateLimitFault;
import io.github.agentresilience.chaos.RefuseHistoryFault;
import io.github.agentresilience.chaos.ResetFault;
import io.github.agentresilience.chaos.SchemaDriftFault;
import io.github.agentresilience.chaos.SessionLossFault;
import io.github.agentresilience.chaos.SlowDripFault;
import io.github.agentresilience.chaos.StaleFault;
import io.github.agentresilience.chaos.StreamCutFault;
import io.github.agentresilience.chaos.TruncatedFault;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What each kind of fault does.
 */
final class Behaviours {

	private static final int TOO_MANY_REQUESTS = 429;

	private Behaviours() {
	}

	static Behaviour of(Fault fault) {
		if (fault instanceof BurstFault burst) {
			return new StatusBehaviour(burst.status(), 1, null);
		}
		if (fault instanceof RandomFault random) {
			return new StatusBehaviour(random.status(), random.rate(), null);
		}
		if (fault instanceof RateLimitFault limit) {
			return new StatusBehaviour(TOO_MANY_REQUESTS, 1, limit.retryAfter());
		}
		if (fault instanceof BrownoutFault brownout) {
			return new Delayed(brownout.latency(), brownout.jitter());
		}
		if (fault instanceof StreamCutFault cut) {
			return new Cut(cut.afterChunks());
		}
		if (fault instanceof SlowDripFault drip) {
			return new Dripping(drip.interval());
		}
		if (fault instanceof ResetFault reset) {
			return new Reset(reset.afterChunks());
		}
		ServerFault ofServer = ofServer(fault);
		if (ofServer != null) {
			return new Server(ofServer);
		}
		if (fault instanceof McpToolFault) {
			return new ToolError();
		}
		if (fault instanceof McpTimeoutFault) {
			return new Silence();
		}
		throw new IllegalArgumentException("No behaviour of the fault '" + fault.kind() + "'");
	}

	private static @Nullable ServerFault ofServer(Fault fault) {
		if (fault instanceof MalformedFault) {
			return ServerFault.MALFORMED_ANSWER;
		}
		if (fault instanceof EmptyFault) {
			return ServerFault.EMPTY_ANSWER;
		}
		if (fault instanceof TruncatedFault) {
			return ServerFault.TRUNCATED_ANSWER;
		}
		if (fault instanceof ExpiredCredentialsFault) {
			return ServerFault.CREDENTIALS_EXPIRED;
		}
		if (fault instanceof RefuseHistoryFault) {
			return ServerFault.HISTORY_REFUSED;
		}
		if (fault instanceof SessionLossFault) {
			return ServerFault.SESSION_LOST;
		}
		if (fault instanceof SchemaDriftFault) {
			return ServerFault.SCHEMA_CHANGED;
		}
		return (fault instanceof StaleFault) ? ServerFault.TOOL_GONE : null;
	}

	private record Delayed(Duration latency, Duration jitter) implements Behaviour {

		@Override
		public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) throws Exception {
			attempt.pause(delay());
			return null;
		}

		@Override
		public <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
			// Asked on the caller's thread and in its context, not on the timer's
			Flux<A> chunks = asked.get();
			return Mono.delay(delay(), scheduler).thenMany(chunks);
		}

		private Duration delay() {
			long spread = this.jitter.toNanos();
			return spread == 0 ? this.latency
					: this.latency.plusNanos(ThreadLocalRandom.current().nextLong(-spread, spread + 1));
		}

	}

	private record Cut(int afterChunks) implements Behaviour {

		@Override
		public boolean hitsCalls() {
			return false;
		}

		@Override
		public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) {
			return null;
		}

		@Override
		public <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
			return asked.get()
				.take(this.afterChunks)
				.concatWith(Flux.error(() -> new IOException("stream cut injected")));
		}

	}

	private record Dripping(Duration interval) implements Behaviour {

		@Override
		public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) throws Exception {
			Duration whole = this.interval.multipliedBy(SlowDripFault.PIECES_OF_CALL);
			attempt.pause(whole.compareTo(Fault.LONGEST_TTL) < 0 ? whole : Fault.LONGEST_TTL);
			return null;
		}

		@Override
		public <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
			return asked.get().delayElements(this.interval, scheduler);
		}

	}

	private record Reset(int afterChunks) implements Behaviour {

		@Override
		public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) throws SocketException {
			throw reset();
		}

		@Override
		public <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
			Flux<A> broken = Flux.error(Reset::reset);
			return (this.afterChunks == 0) ? broken : asked.get().take(this.afterChunks).concatWith(broken);
		}

		private static SocketException reset() {
			return new SocketException("Connection reset (injected)");
		}

	}

	/** What only the target's layer knows how to play. */
	private record Server(ServerFault fault) implements Behaviour {

		@Override
		public <Q> @Nullable Q asked(Q request, Target<Q, ?> target) {
			return target.withFault(request, this.fault);
		}

		@Override
		public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) {
			return null;
		}

		@Override
		public <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
			return asked.get();
		}

	}

	private record ToolError() implements Behaviour {

		@Override
		public <A> A beforeCall(Target<?, A> target, Exchange attempt) {
			return target.errorAnswer("The tool failed (injected)");
		}

	}

	private record Silence() implements Behaviour {

		@Override
		public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) throws Exception {
			// No attempt may outlast the longest fault, whatever its own timeout
			attempt.pause(Fault.LONGEST_TTL);
			return null;
		}

		@Override
		public <A> Flux<A> bend(Supplier<Flux<A>> asked, Target<?, A> target, Exchange attempt, Scheduler scheduler) {
			return Flux.never();
		}

	}

}
