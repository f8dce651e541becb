package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * With a reader that publishes the body, as SDK 2.1 has, and that has not been subscribed
 * to when the first event comes.
 */
class RequestedEventsTests {

	private final BodySubscriber<Flow.Publisher<List<ByteBuffer>>> reader = BodySubscribers.ofPublisher();

	private final RequestedEvents events = new RequestedEvents(this.reader);

	private final AtomicInteger cancelled = new AtomicInteger();

	RequestedEventsTests() {
		this.events.subscribe(this.cancelled::incrementAndGet);
	}

	@Test
	void whatComesBeforeTheReaderAsksIsKeptForIt() throws Exception {
		this.events.add("one");
		this.events.add("two");
		Reading reading = read();
		assertThat(reading.heard).isEmpty();
		reading.ask(1);
		assertThat(reading.heard).containsExactly("one");
		reading.ask(Long.MAX_VALUE);
		this.events.add("three");
		assertThat(reading.heard).containsExactly("one", "two", "three");
		assertThat(reading.ended).isFalse();
		this.events.complete();
		assertThat(reading.ended).isTrue();
	}

	@Test
	void theEndComesAfterWhatIsLeft() throws Exception {
		this.events.add("one");
		this.events.complete();
		Reading reading = read();
		assertThat(reading.ended).isFalse();
		reading.ask(5);
		assertThat(reading.heard).containsExactly("one");
		assertThat(reading.ended).isTrue();
		this.events.complete();
		this.events.add("late");
		assertThat(reading.heard).containsExactly("one");
	}

	@Test
	void aFailureComesAtOnce() throws Exception {
		this.events.add("one");
		this.events.fail(new IOException("broken"));
		Reading reading = read();
		assertThat(reading.failure).hasMessage("broken");
	}

	@Test
	void aReaderThatWantsNoMoreEndsTheStream() throws Exception {
		Reading reading = read();
		reading.subscription.cancel();
		assertThat(this.cancelled).hasValue(1);
	}

	private Reading read() throws Exception {
		Reading reading = new Reading();
		this.reader.getBody().toCompletableFuture().get(10, TimeUnit.SECONDS).subscribe(reading);
		return reading;
	}

	private static final class Reading implements Flow.Subscriber<List<ByteBuffer>> {

		private final List<String> heard = new ArrayList<>();

		private Flow.Subscription subscription;

		private boolean ended;

		private @Nullable Throwable failure;

		void ask(long events) {
			this.subscription.request(events);
		}

		@Override
		public void onSubscribe(Flow.Subscription given) {
			this.subscription = given;
		}

		@Override
		public void onNext(List<ByteBuffer> buffers) {
			buffers.forEach((each) -> this.heard.add(StandardCharsets.UTF_8.decode(each).toString()));
		}

		@Override
		public void onError(Throwable thrown) {
			this.failure = thrown;
		}

		@Override
		public void onComplete() {
			this.ended = true;
		}

	}

}
