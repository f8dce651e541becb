package io.github.agentresilience.mcp.internal.transport;

import java.util.function.Function;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;

/**
 * The SDK's handler of messages, which never throws at whoever brings it one. It runs the
 * application's consumers of notifications and what follows an asynchronous call, and
 * Reactor throws some errors of theirs, such as a stack that overflows, through all of it
 * at the reader of the connection, which has other messages to read.
 */
record SdkHandler(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler) {

	/** A message that has been handled, or whose handler has thrown. */
	Mono<JSONRPCMessage> handle(JSONRPCMessage message) {
		return Mono.create((sink) -> {
			try {
				handle(message, sink);
			}
			catch (Throwable ex) {
				ForeignCode.failed(this.handler, ex);
				sink.success();
			}
		});
	}

	private void handle(JSONRPCMessage message, MonoSink<JSONRPCMessage> sink) {
		sink.onDispose(this.handler.apply(Mono.just(message))
			.subscribe(sink::success, sink::error, sink::success, Context.of(sink.contextView())));
	}

}
