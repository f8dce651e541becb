package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

import io.github.agentresilience.chain.internal.wire.EventStreamReader;
import io.github.agentresilience.mcp.internal.transport.JsonRpc.Response;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;

/**
 * The body of the stream that a server keeps open for what it says by itself, or, in the
 * 2024-11-05 protocol, for all it says. Messages go straight to the SDK's session. The
 * SDK's transport holds the stream and gets to see its own events only, such as the one
 * that names the place for messages: one line that it does not know would end it.
 *
 * @param <T> what the transport makes of a body
 */
final class StreamBody<T> implements HttpResponse.BodySubscriber<T>, MessageReader.Handler {

	private static final String ENDPOINT = "endpoint";

	private final HttpResponse.BodySubscriber<T> transport;

	private final RequestedEvents events;

	private final Consumer<JSONRPCMessage> inbound;

	private final Runnable ended;

	private final MessageReader reader = MessageReader.ofEvents(this);

	/**
	 * A stream.
	 * @param transport the SDK's reader
	 * @param inbound takes messages for the SDK's session
	 * @param ended told when the stream is over
	 */
	StreamBody(HttpResponse.BodySubscriber<T> transport, Consumer<JSONRPCMessage> inbound, Runnable ended) {
		this.transport = transport;
		this.events = new RequestedEvents(transport);
		this.inbound = inbound;
		this.ended = ended;
	}

	@Override
	public CompletionStage<T> getBody() {
		return this.transport.getBody();
	}

	@Override
	public void onSubscribe(Flow.Subscription subscription) {
		this.events.subscribe(() -> {
			subscription.cancel();
			this.ended.run();
		});
		subscription.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		try {
			for (ByteBuffer each : buffers) {
				this.reader.read(each);
			}
		}
		catch (IOException tooLarge) {
			// Nothing but noise is that long, and the SDK would not open another stream
			this.events.fail(tooLarge);
			this.ended.run();
		}
	}

	@Override
	public void response(Response response) {
		JSONRPCResponse known = response.forSdk();
		if (known != null) {
			this.inbound.accept(known);
		}
	}

	@Override
	public void message(JSONRPCMessage fromServer) {
		this.inbound.accept(fromServer);
	}

	@Override
	public void event(String name, EventStreamReader.Event event) {
		if (name.equals(ENDPOINT)) {
			String clean = "event: " + name + "\ndata: " + event.text().strip().replace("\n", "") + "\n\n";
			this.events.add(clean);
		}
	}

	@Override
	public void onError(Throwable thrown) {
		this.events.fail(thrown);
		this.ended.run();
	}

	@Override
	public void onComplete() {
		try {
			this.reader.end();
		}
		catch (IOException tooLarge) {
			// It is over anyway
		}
		this.events.complete();
		this.ended.run();
	}

}
