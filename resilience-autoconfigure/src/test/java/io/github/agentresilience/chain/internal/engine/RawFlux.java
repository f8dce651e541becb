package io.github.agentresilience.chain.internal.engine;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** A publisher that is none of Reactor's, whose subscription throws. */
final class RawFlux extends Flux<String> {

	private final Flux<String> source;

	private final Hostile hostile;

	RawFlux(Flux<String> source, Hostile hostile) {
		this.source = source;
		this.hostile = hostile;
	}

	@Override
	public void subscribe(CoreSubscriber<? super String> actual) {
		Hostile throwing = this.hostile;
		this.source.subscribe(new CoreSubscriber<String>() {
			@Override
			public Context currentContext() {
				return actual.currentContext();
			}

			@Override
			public void onSubscribe(Subscription subscription) {
				actual.onSubscribe(new Subscription() {
					@Override
					public void request(long n) {
						throwing.at("target request");
						subscription.request(n);
					}

					@Override
					public void cancel() {
						throwing.at("target cancel");
						subscription.cancel();
					}
				});
			}

			@Override
			public void onNext(String chunk) {
				actual.onNext(chunk);
			}

			@Override
			public void onError(Throwable thrown) {
				actual.onError(thrown);
			}

			@Override
			public void onComplete() {
				actual.onComplete();
			}
		});
	}

}
