package io.github.agentresilience.llm;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/**
 * For those who show or collect streams that may restart: with
 * {@code resilience.llm.stream-commit: restart} a stream that breaks is begun anew by the
 * next target, and what it said before is void.
 *
 * <pre>{@code
 * StreamRestarts.text(chatClient.prompt("...").stream().chatResponse())
 *     .subscribe((piece) -> {
 *         if (piece.restart()) {
 *             page.clear();
 *         }
 *         page.append(piece.text());
 *     });
 * }</pre>
 */
public final class StreamRestarts {

	/**
	 * The key under which the metadata of a chunk says {@code true} where the answer
	 * begins anew with it.
	 */
	public static final String RESTART = "resilience.restart";

	private StreamRestarts() {
	}

	/** Whether the answer begins anew with this chunk: what came before it is void. */
	public static boolean isRestart(ChatResponse chunk) {
		return Boolean.TRUE.equals(chunk.getMetadata().get(RESTART));
	}

	/** The chunks of the version that became whole, once it is. */
	public static Mono<List<ChatResponse>> lastVersion(Flux<ChatResponse> stream) {
		return stream.collect(ArrayList<ChatResponse>::new, (version, chunk) -> {
			if (isRestart(chunk)) {
				version.clear();
			}
			version.add(chunk);
		}).map(List::copyOf);
	}

	/** The text of the version that became whole, once it is. */
	public static Mono<String> lastText(Flux<ChatResponse> stream) {
		return text(stream).collect(StringBuilder::new, (text, piece) -> {
			if (piece.restart()) {
				text.setLength(0);
			}
			text.append(piece.text());
		}).map(StringBuilder::toString);
	}

	/** The text as it comes, and where it begins anew. */
	public static Flux<Text> text(Flux<ChatResponse> stream) {
		return stream.map((chunk) -> new Text(textOf(chunk), isRestart(chunk)))
			.filter((piece) -> piece.restart() || !piece.text().isEmpty());
	}

	private static String textOf(ChatResponse chunk) {
		Generation result = chunk.getResult();
		return (result != null) ? Objects.requireNonNullElse(result.getOutput().getText(), "") : "";
	}

	/**
	 * A piece of the text.
	 *
	 * @param text the piece; where the answer begins anew it may be empty
	 * @param restart whether the text begins anew with this piece
	 */
	public record Text(String text, boolean restart) {
	}

}
