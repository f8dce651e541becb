package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The body of an answer with a good status. What comes before the response is news and no
 * answer; the response ends it, whatever the server does with the connection.
 *
 * @param <T> what the SDK's transport makes of a body
 */
final class AnswerBody<T> implements HttpResponse.BodySubscriber<T>, MessageReader.Handler {

	/**
	 * A server that closes its stream behind the response does so at once; then the
	 * connection can be used again.
	 */
	private static final Duration LINGER = Duration.ofSeconds(1);

	private final McpAnswer<T> answer;

	private final PostedMessage posted;

	private final MessageReader reader;

	private final boolean eventStream;

	private final Background background;

	/** Cancels what is left of the answer. */
	private final Disposable.Swap lingering = Disposables.swap();

	private Flow.@Nullable Subscription subscription;

	/** Whether it is known what becomes of the message. */
	private boolean settled;

	/**
	 * A response to another request came; a server that loses the id may have meant this
	 * one.
	 */
	private boolean anothers;

	/**
	 * The body of an answer.
	 * @param background waits for what comes behind the response
	 */
	AnswerBody(McpAnswer<T> answer, Background background) {
		this.background = background;
		this.posted = answer.posted();
		this.answer = answer;
		this.reader = new MessageReader(MessageReader.MOST_BYTES, this);
		this.eventStream = answer.head()
			.headers()
			.firstValue("content-type")
			.filter((type) -> type.regionMatches(true, 0, "text/event-stream", 0, 17))
			.isPresent();
	}

	@Override
	public CompletionStage<T> getBody() {
		return this.answer.body();
	}

	@Override
	public void onSubscribe(Flow.Subscription given) {
		this.subscription = given;
		if (this.posted.isToNoRequest()) {
			settle();
			this.answer.accepted();
		}
		given.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		try {
			for (ByteBuffer each : buffers) {
				this.reader.read(each);
			}
		}
		catch (IOException tooLarge) {
			unreadable();
			cancel();
		}
		catch (RuntimeException ex) {
			fail(ex);
			cancel();
		}
	}

	@Override
	public void response(Response response) {
		boolean own = isOwn(response);
		if (this.settled && own && this.posted.isKnown()) {
			// Said before
			return;
		}
		if (this.settled || !own) {
			this.anothers = true;
			this.answer.passOn(response);
			return;
		}
		SessionLoss loss = (response.error() != null) ? this.posted.sessionLoss(this.answer.status(), response, "")
				: SessionLoss.NOT_SAID;
		if (loss != SessionLoss.NOT_SAID) {
			settle();
			this.answer.sessionLost(loss);
		}
		else if (!this.posted.isReadable(response)) {
			unreadable();
		}
		else {
			settle();
			this.answer.respond(response);
		}
	}

	/** A response without an id, in an answer to one request, can be no other's. */
	private boolean isOwn(Response response) {
		return response.id() == null || this.posted.isOwn(response.id());
	}

	@Override
	public void message(JSONRPCMessage fromServer) {
		this.answer.passOn(fromServer);
	}

	@Override
	public void onError(Throwable thrown) {
		end();
		if (!this.settled) {
			fail(thrown);
		}
	}

	@Override
	public void onComplete() {
		end();
		if (this.settled) {
			return;
		}
		boolean accepted = this.answer.status() == McpAnswer.ACCEPTED || !this.posted.isKnown();
		if (this.reader.isUnreadable() || this.anothers || (this.reader.isEmpty() && !this.eventStream && !accepted)) {
			unreadable();
			return;
		}
		settle();
		if (this.reader.isEmpty()) {
			this.answer.expectElsewhere();
		}
		else if (this.posted.exchange() == null && !accepted) {
			this.answer.fail(new TargetFailureException(0, "The MCP server's answer ended without a response",
					(Throwable) null));
			return;
		}
		// The pending request knows whether its response has come another way
		this.answer.accepted();
	}

	/**
	 * The last event may hold the response though nothing stands behind it, be it cut or
	 * not: half of it is no JSON.
	 */
	private void end() {
		try {
			this.reader.end();
		}
		catch (IOException tooLarge) {
			unreadable();
		}
		catch (RuntimeException ex) {
			fail(ex);
		}
		this.lingering.dispose();
	}

	private void unreadable() {
		if (!this.settled) {
			settle();
			this.answer.unreadable(this.reader.isForeign());
		}
	}

	private void fail(Throwable thrown) {
		if (!this.settled) {
			settle();
			this.answer.fail(thrown);
		}
	}

	private void settle() {
		this.settled = true;
		if (!this.lingering.isDisposed()) {
			this.lingering.update(this.background.later(LINGER, this::cancel));
		}
	}

	private void cancel() {
		Flow.Subscription given = this.subscription;
		if (given != null) {
			given.cancel();
		}
	}

}
