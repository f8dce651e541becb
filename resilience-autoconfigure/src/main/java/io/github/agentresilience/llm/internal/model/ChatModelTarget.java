package io.github.agentresilience.llm.internal.model;

import java.util.Set;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.ServerFault;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.llm.Capability;
import io.github.agentresilience.llm.internal.failure.BadGenerationException;
import io.github.agentresilience.llm.internal.failure.ContentFilteredException;
import io.github.agentresilience.llm.internal.failure.QuotedPrompts;
import io.github.agentresilience.llm.internal.fit.TargetLimits;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;

/**
 * A chat model as a target. One that was built here, over an HTTP client of ours, can be
 * cancelled; a bean of the application cannot.
 */
public sealed class ChatModelTarget implements Target<ChatRequest, ChatResponse> permits OpenAiTarget {

	private final String name;

	private final ChatModel model;

	private final TargetOptions insisted;

	private final @Nullable PortableHistory history;

	private final boolean openAi;

	/** Whether it was declared, rather than being what the application asks anyway. */
	private final boolean declared;

	/**
	 * Whether its streams end in a finish reason; of other models, that is learned from
	 * the first that does.
	 */
	private volatile boolean saysHowItFinished;

	/**
	 * A target.
	 * @param insisted options that hold for every prompt
	 */
	public ChatModelTarget(String name, ChatModel model, TargetOptions insisted) {
		this(name, model, insisted, null);
	}

	/**
	 * A target that goes on with conversations of others.
	 * @param insisted options that hold for every prompt
	 * @param history makes them fit, {@code null} where they are sent as they are
	 */
	public ChatModelTarget(String name, ChatModel model, TargetOptions insisted, @Nullable PortableHistory history) {
		this(name, model, insisted, history, true);
	}

	private ChatModelTarget(String name, ChatModel model, TargetOptions insisted, @Nullable PortableHistory history,
			boolean declared) {
		this.name = name;
		this.declared = declared;
		this.model = model;
		this.insisted = insisted;
		this.history = history;
		this.openAi = model instanceof OpenAiChatModel;
		this.saysHowItFinished = this.openAi;
	}

	/**
	 * A target that nobody has declared: a model that the application asks anyway, with
	 * options that are meant for it.
	 * @param history makes conversations fit, {@code null} where they are sent as they
	 * are
	 */
	public static ChatModelTarget around(String name, ChatModel model, @Nullable PortableHistory history) {
		return new ChatModelTarget(name, model, TargetOptions.NONE, history, false);
	}

	@Override
	public String name() {
		return this.name;
	}

	public ChatOptions options() {
		return this.model.getOptions();
	}

	/**
	 * What it can take.
	 * @param contextWindow tokens of prompt and answer together, {@code null} for no
	 * limit that is known
	 * @param supports {@code null} where that is not known
	 * @param countsTokens whether its tokens are limited in other ways
	 */
	public TargetLimits limits(@Nullable Integer contextWindow, @Nullable Set<Capability> supports,
			boolean countsTokens) {
		return new TargetLimits(this.name, contextWindow, supports, countsTokens, this.insisted.answerTokens(),
				(contextWindow != null || countsTokens) ? TargetLimits.answerTokens(options()) : null);
	}

	boolean wraps(ChatModel other) {
		return this.model == other;
	}

	@Override
	public boolean cancellable() {
		return false;
	}

	@Override
	public ChatResponse call(ChatRequest request, Exchange attempt) {
		ChatResponse answer = received(answer(request, translated(request, attempt)), attempt);
		ChatDetails.ofAnswer(attempt, answer);
		return AnswerMetadata.sign(answer, attempt);
	}

	@Override
	public Flux<ChatResponse> stream(ChatRequest request, Exchange attempt) {
		Flux<ChatResponse> chunks = chunks(request, translated(request, attempt));
		// What a broken stream used has been told before it fails
		return new WholeStream()
			.check(chunks.map((chunk) -> received(chunk, attempt))
				.doOnNext((chunk) -> ChatDetails.ofAnswer(attempt, chunk)))
			.map((chunk) -> AnswerMetadata.sign(chunk, attempt));
	}

	/** An answer, or one chunk of it, with what the model's client does not say of it. */
	ChatResponse received(ChatResponse answer, Exchange attempt) {
		return answer;
	}

	private ChatResponse answer(ChatRequest request, Prompt translated) {
		ChatModel asked = asked(request);
		Turn turn = this.openAi ? null : Turn.current();
		try {
			return (turn != null) ? turn.inModel().during(() -> asked.call(translated)) : asked.call(translated);
		}
		catch (RuntimeException ex) {
			failed(request, ex);
			throw ex;
		}
	}

	private Flux<ChatResponse> chunks(ChatRequest request, Prompt translated) {
		Flux<ChatResponse> chunks = asked(request).stream(translated).doOnError((thrown) -> failed(request, thrown));
		return this.openAi ? chunks : Flux.deferContextual((subscriber) -> {
			Turn turn = Turn.inner(Turn.in(subscriber), Turn.current());
			return (turn == null) ? chunks : chunks.contextWrite((context) -> context.put(Turn.KEY, turn.inModel()));
		});
	}

	@Override
	public @Nullable ChatRequest withFault(ChatRequest request, ServerFault fault) {
		return FaultyModel.plays(fault, request.prompt(), this.name) ? request.withFault(fault) : null;
	}

	private ChatModel asked(ChatRequest request) {
		ServerFault fault = request.fault();
		return (fault == null) ? model(request) : new FaultyModel(model(request), fault,
				(prompt) -> this.history != null && this.history.isFit(prompt));
	}

	/** The model threw this. Nothing has looked at what its errors say. */
	void failed(ChatRequest request, Throwable thrown) {
		QuotedPrompts.remember(Exceptions.unwrap(thrown), request.prompt());
	}

	/**
	 * A chain that was made for clients has one target, whichever of their models is
	 * asked.
	 */
	private ChatModel model(ChatRequest request) {
		ChatModel ofClient = request.ofClient();
		return (ofClient != null) ? ofClient : this.model;
	}

	private Prompt translated(ChatRequest request, Exchange attempt) {
		ChatModel asked = model(request);
		ChatOptions own = asked.getOptions();
		Prompt prompt = request.prompt();
		ChatOptions options = this.declared
				? PortableOptions.translate(prompt.getOptions(), own, request.madeFor() != this, this.insisted)
				: PortableOptions.translate(prompt.getOptions(), own);
		ChatDetails.ofRequest(attempt, asked, options);
		Prompt translated = new Prompt(prompt.getInstructions(), prepare(options, attempt));
		return (this.history != null) ? this.history.fit(translated) : translated;
	}

	/**
	 * Whether a finish reason that is none of OpenAI's looks like none at all, as it does
	 * to Spring AI's model. The usage then tells a whole stream, because it is sent
	 * behind the last choice.
	 */
	boolean hidesFinishReasons() {
		return this.openAi;
	}

	/** Adds what a kind of target needs to the options of one attempt. */
	ChatOptions prepare(ChatOptions options, Exchange attempt) {
		return options;
	}

	/**
	 * Fails a stream that ends before it is whole: with nothing said, or without a finish
	 * reason. The SDK takes a connection that was closed in the middle of an answer, and
	 * a body that is no event stream at all, for the end of the answer.
	 */
	private final class WholeStream {

		private @Nullable String finishReason;

		private boolean saidSomething;

		private boolean endsInUsage;

		Flux<ChatResponse> check(Flux<ChatResponse> chunks) {
			return chunks.doOnNext(this::look).concatWith(Flux.defer(this::end));
		}

		private void look(ChatResponse chunk) {
			String reason = ChatAnswers.finishReason(chunk);
			this.finishReason = (reason != null) ? reason : this.finishReason;
			this.saidSomething |= ChatAnswers.saysSomething(chunk);
			this.endsInUsage = chunk.getResults().isEmpty() && ChatAnswers.hasUsage(chunk);
			if (ChatAnswers.CONTENT_FILTER.equalsIgnoreCase(reason)) {
				throw new ContentFilteredException();
			}
			BadGenerationException badToolCall = ChatAnswers.badToolCall(chunk);
			if (badToolCall != null) {
				throw badToolCall;
			}
			// A tool call is held back until it is whole, or until the stream ends, in
			// which case it may be half of one
			if (ChatModelTarget.this.openAi && this.finishReason == null && ChatAnswers.callsTool(chunk)) {
				throw broken("ended within a tool call");
			}
		}

		private Flux<ChatResponse> end() {
			if (this.finishReason != null) {
				ChatModelTarget.this.saysHowItFinished = true;
			}
			else if (ChatModelTarget.this.saysHowItFinished && !(this.endsInUsage && hidesFinishReasons())) {
				return Flux.error(broken("ended without a finish reason"));
			}
			if (!this.saidSomething && !ChatAnswers.mayBeEmpty(this.finishReason)) {
				return Flux.error(broken("is empty"));
			}
			return Flux.empty();
		}

		private TargetFailureException broken(String how) {
			return new TargetFailureException(0, "The stream of '" + ChatModelTarget.this.name + "' " + how,
					(Throwable) null);
		}

	}

}
