package io.github.agentresilience.mcp.internal.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the answer to a ping whether the server knows the session.
 */
final class SessionProbe implements HttpResponse.BodySubscriber<Boolean>, MessageReader.Handler {

	private static final int MOST_BYTES = 16 * 1024;

	private final int status;

	private final MessageReader reader = new MessageReader(MOST_BYTES, this);

	private final ByteArrayOutputStream held = new ByteArrayOutputStream();

	private final CompletableFuture<Boolean> known = new CompletableFuture<>();

	private Flow.@Nullable Subscription subscription;

	SessionProbe(HttpResponse.ResponseInfo head) {
		this.status = head.statusCode();
	}

	@Override
	public CompletionStage<Boolean> getBody() {
		return this.known;
	}

	@Override
	public void onSubscribe(Flow.Subscription given) {
		this.subscription = given;
		given.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		try {
			for (ByteBuffer each : buffers) {
				byte[] bytes = new byte[each.remaining()];
				each.get(bytes);
				this.held.write(bytes, 0, Math.min(bytes.length, MOST_BYTES - this.held.size()));
				this.reader.read(bytes, 0, bytes.length);
			}
		}
		catch (IOException tooLarge) {
			onComplete();
		}
		if (this.known.isDone() && this.subscription != null) {
			// The stream may stay open behind the response
			this.subscription.cancel();
		}
	}

	@Override
	public void response(Response response) {
		decide(SessionLoss.in(this.status, response.error(), false, ""));
	}

	@Override
	public void message(JSONRPCMessage message) {
		// No answer
	}

	@Override
	public void onError(Throwable thrown) {
		onComplete();
	}

	@Override
	public void onComplete() {
		decide(SessionLoss.in(this.status, null, false, this.held.toString(StandardCharsets.UTF_8)));
	}

	/**
	 * A server that refuses a ping as it refused the request has the same reason for
	 * both.
	 */
	private void decide(SessionLoss loss) {
		this.known.complete(this.status != 400 && this.status != 404 && loss == SessionLoss.NOT_SAID);
	}

}
