package io.modelcontextprotocol.client.transport;

import java.net.http.HttpResponse;

import io.modelcontextprotocol.client.transport.ResponseSubscribers.ResponseEvent;
import io.modelcontextprotocol.client.transport.ResponseSubscribers.SseResponseEvent;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema;
import reactor.core.publisher.Flux;

/**
 * The SDK's own reader of event streams, which is visible in its package only.
 */
public final class SdkStream {

	private SdkStream() {
	}

	/**
	 * Reads messages as the SDK's transport does.
	 * @param feeder gives the reader the bytes
	 * @return how many there were
	 */
	public static long read(HttpResponse.ResponseInfo head, McpJsonMapper json, Feeder feeder) {
		return Flux.<ResponseEvent>create((sink) -> feeder.feed(ResponseSubscribers.sseToBodySubscriber(head, sink)))
			.map((event) -> message(json, ((SseResponseEvent) event).sseEvent().data()))
			.count()
			.block();
	}

	private static McpSchema.JSONRPCMessage message(McpJsonMapper json, String data) {
		try {
			return McpSchema.deserializeJsonRpcMessage(json, data);
		}
		catch (java.io.IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Gives a reader its bytes. */
	@FunctionalInterface
	public interface Feeder {

		void feed(HttpResponse.BodySubscriber<Void> reader);

	}

}
