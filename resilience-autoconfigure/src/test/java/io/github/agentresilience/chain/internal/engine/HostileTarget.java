package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Target;
import reactor.core.publisher.Flux;

/** Does something else each time, drawn from the request. */
final class HostileTarget implements Target<String, String> {

	private final String name;

	private final boolean cancellable;

	private final HostileChain chain;

	private final AtomicInteger asked = new AtomicInteger();

	HostileTarget(String name, boolean cancellable, HostileChain chain) {
		this.name = name;
		this.cancellable = cancellable;
		this.chain = chain;
	}

	@Override
	public String name() {
		return this.name;
	}

	private int draw(String request) {
		String caller = HostileChain.CALLER.get();
		if (caller != null && !caller.equals(request)) {
			this.chain.wrongContexts.add(caller + " instead of " + request);
		}
		return new Random((request + this.name).hashCode() * 31L + this.asked.incrementAndGet()).nextInt(20);
	}

	@Override
	public String call(String request, Exchange exchange) throws Exception {
		this.chain.exchanges.add(exchange);
		try {
			return exchange(request, exchange);
		}
		finally {
			this.chain.exchanges.remove(exchange);
		}
	}

	private String exchange(String request, Exchange exchange) throws Exception {
		this.chain.hostile.at("target call");
		int drawn = draw(request);
		exchange.mayHaveActed(drawn % 2 == 0);
		exchange.received(drawn % 4 == 0);
		CountDownLatch stopped = new CountDownLatch(1);
		exchange.onCancel(() -> {
			this.chain.hostile.at("hook before");
			stopped.countDown();
			this.chain.hostile.at("hook after");
		});
		switch (drawn) {
			case 0 -> throw new IllegalArgumentException("refused");
			case 1 -> throw new IllegalArgumentException("unclear");
			case 2, 3, 4 -> throw new IllegalStateException("down");
			case 5 -> {
				return "tool error";
			}
			case 6, 7 -> {
				stopped.await(60, TimeUnit.SECONDS);
				throw new IllegalStateException("stopped");
			}
			case 8, 9 -> stopped.await(8, TimeUnit.MILLISECONDS);
			default -> {
			}
		}
		return "from " + this.name;
	}

	@Override
	public Flux<String> stream(String request, Exchange exchange) {
		this.chain.hostile.at("target assembly");
		int drawn = draw(request);
		exchange.mayHaveActed(drawn % 2 == 0);
		exchange.received(drawn % 4 == 0);
		exchange.onCancel(() -> this.chain.hostile.at("hook"));
		Flux<String> chunks = switch (drawn) {
			case 0 -> Flux.error(new IllegalArgumentException("refused"));
			case 1 -> Flux.error(new IllegalArgumentException("unclear"));
			case 2, 3 -> Flux.error(new IllegalStateException("down"));
			case 4 -> Flux.just("", "from", "cut").concatWith(Flux.error(new IllegalStateException("down")));
			case 5 -> Flux.just("tool error");
			case 6, 7 -> Flux.never();
			case 8, 9 -> Flux.just("", "from " + this.name).delayElements(Duration.ofMillis(4));
			case 10 -> Flux.just("", "from " + this.name).concatWith(Flux.never());
			default -> Flux.just("", "from", "from " + this.name);
		};
		Flux<String> subscribed = Flux.defer(() -> {
			this.chain.hostile.at("target subscription");
			return chunks;
		})
			.doOnNext((chunk) -> this.chain.hostile.at("target chunk"))
			.doOnCancel(() -> this.chain.hostile.at("target disposal"));
		return new RawFlux(subscribed.doOnSubscribe((subscription) -> this.chain.exchanges.add(exchange))
			.doFinally((signal) -> this.chain.exchanges.remove(exchange)), this.chain.hostile);
	}

	@Override
	public boolean cancellable() {
		this.chain.hostile.at("target cancellable");
		return this.cancellable;
	}

}
