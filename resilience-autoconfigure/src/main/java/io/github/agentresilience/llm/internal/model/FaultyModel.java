package io.github.agentresilience.llm.internal.model;

import java.util.List;
import java.util.function.Predicate;

import com.openai.core.http.Headers;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.ErrorObject;
import io.github.agentresilience.chain.ServerFault;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.util.CollectionUtils;

/**
 * A model whose server has a fault. It answers and throws what the model itself does
 * where that happens, so that all that follows is as it is then.
 */
final class FaultyModel implements ChatModel {

	/** What comes of a stream before it ends at its token limit. */
	private static final int CHUNKS_BEFORE_LIMIT = 2;

	private static final String CUT_ARGUMENTS = "{\"injected\": ";

	private final ChatModel model;

	private final ServerFault fault;

	private final Predicate<Prompt> fits;

	/**
	 * A model with a fault.
	 * @param fits whether a conversation that another target began has been made fit
	 */
	FaultyModel(ChatModel model, ServerFault fault, Predicate<Prompt> fits) {
		this.model = model;
		this.fault = fault;
		this.fits = fits;
	}

	/** Whether a fault of a chat model shows where a target is sent a prompt. */
	static boolean plays(ServerFault fault, Prompt prompt, String target) {
		return switch (fault) {
			case MALFORMED_ANSWER, EMPTY_ANSWER, TRUNCATED_ANSWER, CREDENTIALS_EXPIRED -> true;
			case HISTORY_REFUSED -> PortableHistory.isBegunElsewhere(prompt, target);
			default -> false;
		};
	}

	@Override
	public ChatOptions getOptions() {
		return this.model.getOptions();
	}

	@Override
	public ChatResponse call(Prompt prompt) {
		ChatResponse injected = inPlace(prompt);
		if (injected != null) {
			return injected;
		}
		ChatResponse answer = this.model.call(prompt);
		return (this.fault == ServerFault.TRUNCATED_ANSWER) ? truncated(answer) : answer;
	}

	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return Flux.defer(() -> {
			ChatResponse injected = inPlace(prompt);
			if (injected != null) {
				return Flux.just(injected);
			}
			Flux<ChatResponse> chunks = this.model.stream(prompt);
			return (this.fault == ServerFault.TRUNCATED_ANSWER) ? chunks.take(CHUNKS_BEFORE_LIMIT)
				.map(FaultyModel::withoutEnd)
				.concatWithValues(answer(new AssistantMessage(""), ChatAnswers.LENGTH)) : chunks;
		});
	}

	/** What comes in the place of the model's answer, {@code null} where it is asked. */
	private @Nullable ChatResponse inPlace(Prompt prompt) {
		return switch (this.fault) {
			case MALFORMED_ANSWER -> answer(AssistantMessage.builder()
				.content("")
				.toolCalls(List
					.of(new AssistantMessage.ToolCall("call_injected", "function", aTool(prompt), CUT_ARGUMENTS)))
				.build(), "TOOL_CALLS");
			case EMPTY_ANSWER -> answer(new AssistantMessage(""), "STOP");
			case CREDENTIALS_EXPIRED -> throw UnauthorizedException.builder()
				.headers(Headers.builder().build())
				.error(error("invalid_api_key", "The API key has expired (injected)"))
				.build();
			case HISTORY_REFUSED -> {
				if (this.fits.test(prompt)) {
					yield null;
				}
				throw BadRequestException.builder()
					.headers(Headers.builder().build())
					.error(error("invalid_value", "messages: property 'reasoning_content' is unsupported (injected)"))
					.build();
			}
			default -> null;
		};
	}

	private static ErrorObject error(String code, String message) {
		return ErrorObject.builder()
			.code(code)
			.message(message)
			.param("messages")
			.type("invalid_request_error")
			.build();
	}

	private static String aTool(Prompt prompt) {
		if (prompt.getOptions() instanceof ToolCallingChatOptions options
				&& !CollectionUtils.isEmpty(options.getToolCallbacks())) {
			return options.getToolCallbacks().get(0).getToolDefinition().name();
		}
		return "injected";
	}

	private static ChatResponse answer(AssistantMessage message, String finishReason) {
		return new ChatResponse(List.of(new Generation(message, finish(finishReason))));
	}

	private static ChatGenerationMetadata finish(@Nullable String reason) {
		return (reason != null) ? ChatGenerationMetadata.builder().finishReason(reason).build()
				: ChatGenerationMetadata.NULL;
	}

	private static ChatResponse truncated(ChatResponse answer) {
		return ChatResponse.builder()
			.from(answer)
			.generations(answer.getResults()
				.stream()
				.map((each) -> new Generation(half(each.getOutput()), finish(ChatAnswers.LENGTH)))
				.toList())
			.build();
	}

	/** A chunk that does not say how the answer ended. What it calls is cut. */
	private static ChatResponse withoutEnd(ChatResponse chunk) {
		return ChatResponse.builder()
			.from(chunk)
			.generations(chunk.getResults()
				.stream()
				.map((each) -> new Generation(
						each.getOutput().hasToolCalls() ? half(each.getOutput()) : each.getOutput(), finish(null)))
				.toList())
			.build();
	}

	private static AssistantMessage half(AssistantMessage message) {
		return AssistantMessage.builder()
			.content(half(message.getText()))
			.properties(message.getMetadata())
			.toolCalls(message.getToolCalls()
				.stream()
				.map((call) -> new AssistantMessage.ToolCall(call.id(), call.type(), call.name(),
						half(call.arguments())))
				.toList())
			.build();
	}

	private static String half(@Nullable String text) {
		return (text != null) ? text.substring(0, (text.length() + 1) / 2) : "";
	}

}
