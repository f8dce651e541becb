package io.github.agentresilience.mcp.internal.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The body of an answer with a bad status, which is read as far as it says what is wrong:
 * a refusal is one before its last byte has come, which may be never.
 *
 * @param <T> what the SDK's transport makes of a body
 */
final class RefusalBody<T> implements HttpResponse.BodySubscriber<T> {

	private static final int MOST_BYTES = 64 * 1024;

	private static final Duration LONGEST = Duration.ofSeconds(1);

	private final McpAnswer<T> answer;

	private final Reaction reaction;

	private final ReentrantLock lock = new ReentrantLock();

	private final ByteArrayOutputStream held = new ByteArrayOutputStream();

	private final CompletableFuture<@Nullable Void> enough = new CompletableFuture<>();

	private final Background background;

	/** Cancels what is left of the refusal. */
	private final Disposable.Swap draining = Disposables.swap();

	/**
	 * A refusal.
	 * @param reaction decides what it means
	 * @param background waits for its end
	 */
	RefusalBody(McpAnswer<T> answer, Reaction reaction, Background background) {
		this.background = background;
		this.answer = answer;
		this.reaction = reaction;
		this.enough.thenRun(this::decide);
	}

	@Override
	public CompletionStage<T> getBody() {
		return this.answer.body();
	}

	@Override
	public void onSubscribe(Flow.Subscription subscription) {
		this.background.completeAfter(LONGEST, this.enough);
		// The rest is read so that the connection can be used again, as long as that does
		// not take longer than another
		this.draining.update(this.background.later(LONGEST.multipliedBy(2), subscription::cancel));
		subscription.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		boolean full;
		this.lock.lock();
		try {
			for (ByteBuffer each : buffers) {
				byte[] bytes = new byte[Math.min(each.remaining(), MOST_BYTES - this.held.size())];
				each.get(bytes);
				this.held.writeBytes(bytes);
			}
			full = this.held.size() == MOST_BYTES;
		}
		finally {
			this.lock.unlock();
		}
		if (full) {
			this.enough.complete(null);
		}
	}

	@Override
	public void onError(Throwable thrown) {
		onComplete();
	}

	@Override
	public void onComplete() {
		this.draining.dispose();
		this.enough.complete(null);
	}

	private byte[] said() {
		this.lock.lock();
		try {
			return this.held.toByteArray();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void decide() {
		try {
			byte[] said = said();
			FirstError error = new FirstError();
			MessageReader reader = new MessageReader(MOST_BYTES + 1, error);
			try {
				reader.read(said, 0, said.length);
				reader.end();
			}
			catch (IOException tooLarge) {
				// What has been read counts
			}
			this.reaction.refused(error.found, new String(said, StandardCharsets.UTF_8));
		}
		catch (RuntimeException ex) {
			this.answer.fail(ex);
		}
	}

	/** Does what a refusal asks for. */
	@FunctionalInterface
	interface Reaction {

		/**
		 * The server has refused.
		 * @param error the JSON-RPC error in the answer, {@code null} where there is none
		 * @param body all that has come, the error included
		 */
		void refused(@Nullable Response error, String body);

	}

	private static final class FirstError implements MessageReader.Handler {

		private @Nullable Response found;

		@Override
		public void response(Response response) {
			if (this.found == null && response.error() != null) {
				this.found = response;
			}
		}

		@Override
		public void message(JSONRPCMessage message) {
			// No refusal
		}

	}

}
