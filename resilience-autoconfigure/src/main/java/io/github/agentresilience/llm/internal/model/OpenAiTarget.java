package io.github.agentresilience.llm.internal.model;

import java.util.HashMap;
import java.util.Map;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.internal.wire.CurrentExchange;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import io.github.agentresilience.llm.internal.http.TargetHttpClient;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;

/**
 * An OpenAI-compatible endpoint that was built from configuration. Its exchanges are
 * ours, so an attempt that runs out of time is cancelled at the socket, on the caller's
 * own thread.
 */
public final class OpenAiTarget extends ChatModelTarget {

	private final TargetHttpClient client;

	OpenAiTarget(String name, OpenAiChatModel model, TargetOptions insisted, TargetHttpClient client,
			@Nullable PortableHistory history) {
		super(name, model, insisted, history);
		this.client = client;
	}

	@Override
	public boolean cancellable() {
		return true;
	}

	@Override
	public ChatResponse call(ChatRequest request, Exchange attempt) {
		try (CurrentExchange.Binding current = this.client.bind(attempt)) {
			return super.call(request, attempt);
		}
	}

	@Override
	public Flux<ChatResponse> stream(ChatRequest request, Exchange attempt) {
		// Registered when subscribed to, since what is never subscribed to never ends and
		// is never released
		return Flux.defer(() -> super.stream(request, attempt)).doFinally((signal) -> this.client.release(attempt));
	}

	@Override
	ChatResponse received(ChatResponse answer, Exchange attempt) {
		return AnswerMetadata.withFinishReasons(answer, this.client.finishReasons(attempt));
	}

	@Override
	void failed(ChatRequest request, Throwable thrown) {
		// What it repeats of the prompt has been taken out on the wire
	}

	/** They are put in OpenAI's terms on the wire. */
	@Override
	boolean hidesFinishReasons() {
		return false;
	}

	/** A call finds its exchange on its thread, a stream by a header. */
	@Override
	ChatOptions prepare(ChatOptions options, Exchange attempt) {
		if (!attempt.attempt().call().isStreaming()) {
			return options;
		}
		OpenAiChatOptions openAi = (OpenAiChatOptions) options;
		Map<String, String> headers = new HashMap<>();
		if (openAi.getCustomHeaders() != null) {
			headers.putAll(openAi.getCustomHeaders());
		}
		headers.put(TargetHttpClient.HEADER, this.client.register(attempt));
		return openAi.mutate().customHeaders(headers).build();
	}

}
