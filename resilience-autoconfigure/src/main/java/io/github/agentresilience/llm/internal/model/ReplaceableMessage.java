package io.github.agentresilience.llm.internal.model;

import java.util.Map;
import java.util.Set;

import io.github.agentresilience.chain.StreamInterruptedException;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.model.StreamingChatModel;

/**
 * The message of a chunk whose text may yet be replaced. Subscribers see it as it comes.
 * Spring AI's {@link MessageAggregator}, which stands behind chat memory, tool loop and
 * observations, appends every text that it sees for good and cannot be told to begin
 * anew; so it sees the text of the version that became whole only, at the end. There is
 * no other way into it: it is made by each advisor for itself, and a subscription of its
 * own would run the advisors again.
 */
final class ReplaceableMessage extends AssistantMessage {

	private static final StackWalker CALLERS = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

	/** Those who turn a stream into one of mere text, in which no restart can be told. */
	private static final Set<String> TEXT_ONLY = Set.of(StreamingChatModel.class.getName(),
			"org.springframework.ai.chat.client.DefaultChatClient$DefaultStreamResponseSpec");

	/** How far from here they are: through {@code Optional.map}. */
	private static final int DEPTH = 3;

	private final @Nullable String collectedText;

	private final Map<String, Object> collectedMetadata;

	private final @Nullable StreamInterruptedException broken;

	/** A message that is shown now and collected later. */
	static ReplaceableMessage shown(AssistantMessage message, @Nullable StreamInterruptedException broken) {
		return new ReplaceableMessage(message, null, Map.of(), broken);
	}

	/** What is collected of a version that became whole, and shows nothing. */
	static ReplaceableMessage collected(String text, Map<String, Object> metadata) {
		return new ReplaceableMessage(new AssistantMessage(""), text, metadata, null);
	}

	private ReplaceableMessage(AssistantMessage shown, @Nullable String collectedText,
			Map<String, Object> collectedMetadata, @Nullable StreamInterruptedException broken) {
		super(shown.getText(), shown.getMetadata(), shown.getToolCalls(), shown.getMedia());
		this.collectedText = collectedText;
		this.collectedMetadata = collectedMetadata;
		this.broken = broken;
	}

	@Override
	public @Nullable String getText() {
		if (CALLERS.getCallerClass() == MessageAggregator.class) {
			return this.collectedText;
		}
		if (this.broken != null && isAskedForTextOnly()) {
			throw this.broken;
		}
		return super.getText();
	}

	@Override
	public Map<String, Object> getMetadata() {
		return (CALLERS.getCallerClass() == MessageAggregator.class) ? this.collectedMetadata : super.getMetadata();
	}

	private static boolean isAskedForTextOnly() {
		return CALLERS.walk(
				(frames) -> frames.skip(2).limit(DEPTH).anyMatch((frame) -> TEXT_ONLY.contains(frame.getClassName())));
	}

}
