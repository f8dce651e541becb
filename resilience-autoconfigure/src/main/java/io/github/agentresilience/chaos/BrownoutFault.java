package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Each attempt is delayed, then goes on.
 *
 * @param latency the delay, at most {@link Fault#LONGEST_TTL}
 * @param jitter up to this much is added to or taken from each delay
 */
public record BrownoutFault(Duration latency, Duration jitter) implements Fault {

	public static final Duration DEFAULT_LATENCY = Duration.ofSeconds(2);

	public BrownoutFault {
		Fault.requireDelay("latency", latency);
		Fault.requireDelay("jitter", jitter);
		Fault.require(jitter.compareTo(latency) <= 0, "jitter", "must not be longer than 'latency'");
	}

	public BrownoutFault(Duration latency) {
		this(latency, Duration.ZERO);
	}

	@Override
	public String kind() {
		return "brownout";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.allOf(Layer.class);
	}

	@Override
	public Behaviour behaviour() {
		return new Behaviour() {

			@Override
			public <A> @Nullable A beforeCall(Target<?, A> target, Attempt attempt) throws Exception {
				attempt.pause(delay());
				return null;
			}

			@Override
			public <A> Flux<A> bend(Flux<A> chunks, Target<?, A> target, Attempt attempt) {
				return Mono.delay(delay()).thenMany(chunks);
			}

		};
	}

	private Duration delay() {
		long spread = this.jitter.toNanos();
		return spread == 0 ? this.latency
				: this.latency.plusNanos(ThreadLocalRandom.current().nextLong(-spread, spread + 1));
	}

}
