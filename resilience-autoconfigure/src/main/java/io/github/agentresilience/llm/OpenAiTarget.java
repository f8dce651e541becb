package io.github.agentresilience.llm;

import java.util.HashMap;
import java.util.Map;

import io.github.agentresilience.chain.Attempt;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;

/**
 * An OpenAI-compatible endpoint that was built from configuration. Its exchanges are ours, so an attempt that runs out
 * of time is cancelled at the socket, on the caller's own thread.
 */
public final class OpenAiTarget extends ChatModelTarget {

	private final ExchangeInterceptor exchanges;

	OpenAiTarget(String name, OpenAiChatModel model, TargetOptions insisted, ExchangeInterceptor exchanges) {
		super(name, model, insisted);
		this.exchanges = exchanges;
	}

	@Override
	public boolean cancellable() {
		return true;
	}

	@Override
	public ChatResponse call(ChatRequest request, Attempt attempt) {
		try {
			return super.call(request, attempt);
		}
		finally {
			this.exchanges.forget(attempt);
		}
	}

	@Override
	public Flux<ChatResponse> stream(ChatRequest request, Attempt attempt) {
		return super.stream(request, attempt).doFinally((signal) -> this.exchanges.forget(attempt));
	}

	@Override
	ChatOptions prepare(ChatOptions options, Attempt attempt) {
		OpenAiChatOptions openAi = (OpenAiChatOptions) options;
		Map<String, String> headers = new HashMap<>();
		if (openAi.getCustomHeaders() != null) {
			headers.putAll(openAi.getCustomHeaders());
		}
		headers.put(ExchangeInterceptor.HEADER, this.exchanges.remember(attempt));
		return openAi.mutate().customHeaders(headers).build();
	}

}
