package io.github.agentresilience.llm;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;

/**
 * A chat model as a target. One that was built here, over an HTTP client of ours, can be cancelled; a bean of the
 * application cannot.
 */
public sealed class ChatModelTarget implements Target<ChatRequest, ChatResponse> permits OpenAiTarget {

	private final String name;

	private final ChatModel model;

	private final TargetOptions insisted;

	private final boolean openAi;

	/** Whether its streams end in a finish reason; of other models, that is learned from the first that does. */
	private volatile boolean saysHowItFinished;

	/**
	 * A target.
	 * @param insisted options that hold for every prompt
	 */
	public ChatModelTarget(String name, ChatModel model, TargetOptions insisted) {
		this.name = name;
		this.model = model;
		this.insisted = insisted;
		this.openAi = model instanceof OpenAiChatModel;
		this.saysHowItFinished = this.openAi;
	}

	@Override
	public String name() {
		return this.name;
	}

	public ChatOptions options() {
		return this.model.getOptions();
	}

	boolean wraps(ChatModel other) {
		return this.model == other;
	}

	@Override
	public boolean cancellable() {
		return false;
	}

	@Override
	public ChatResponse call(ChatRequest request, Attempt attempt) {
		ChatResponse answer = this.model.call(translated(request, attempt));
		ChatDetails.ofAnswer(attempt, answer);
		return AnswerMetadata.sign(answer, attempt);
	}

	@Override
	public Flux<ChatResponse> stream(ChatRequest request, Attempt attempt) {
		Flux<ChatResponse> chunks = this.model.stream(translated(request, attempt));
		return new WholeStream().check(chunks)
			.doOnNext((chunk) -> ChatDetails.ofAnswer(attempt, chunk))
			.map((chunk) -> AnswerMetadata.sign(chunk, attempt));
	}

	private Prompt translated(ChatRequest request, Attempt attempt) {
		ChatOptions own = this.model.getOptions();
		Prompt prompt = request.prompt();
		ChatOptions options = PortableOptions.translate(prompt.getOptions(), own, request.madeFor() != this,
				this.insisted);
		ChatDetails.ofRequest(attempt, this.model, options);
		return new Prompt(prompt.getInstructions(), prepare(options, attempt));
	}

	/** The last word on the options of one attempt. */
	ChatOptions prepare(ChatOptions options, Attempt attempt) {
		return options;
	}

	/**
	 * Fails a stream that ends before it is whole: with nothing said, or without a finish reason. The SDK takes a
	 * connection that was closed in the middle of an answer, and a body that is no event stream at all, for the end of
	 * the answer.
	 */
	private final class WholeStream {

		private @Nullable String finishReason;

		private boolean saidSomething;

		Flux<ChatResponse> check(Flux<ChatResponse> chunks) {
			return chunks.doOnNext(this::look).concatWith(Flux.defer(this::end));
		}

		private void look(ChatResponse chunk) {
			String reason = ChatAnswers.finishReason(chunk);
			this.finishReason = (reason != null) ? reason : this.finishReason;
			this.saidSomething |= ChatAnswers.saysSomething(chunk);
			if (ChatAnswers.CONTENT_FILTER.equalsIgnoreCase(reason)) {
				throw new ContentFilteredException();
			}
			// A tool call is held back until it is whole, or until the stream ends, in which case it may be half of one
			if (ChatModelTarget.this.openAi && this.finishReason == null && ChatAnswers.callsTool(chunk)) {
				throw broken("ended within a tool call");
			}
		}

		private Flux<ChatResponse> end() {
			if (this.finishReason != null) {
				ChatModelTarget.this.saysHowItFinished = true;
			}
			else if (ChatModelTarget.this.saysHowItFinished) {
				return Flux.error(broken("ended without a finish reason"));
			}
			if (!this.saidSomething && !ChatAnswers.LENGTH.equalsIgnoreCase(this.finishReason)) {
				return Flux.error(broken("is empty"));
			}
			return Flux.empty();
		}

		private TargetFailureException broken(String how) {
			return new TargetFailureException(0, "The stream of '" + ChatModelTarget.this.name + "' " + how, (Throwable) null);
		}

	}

}
