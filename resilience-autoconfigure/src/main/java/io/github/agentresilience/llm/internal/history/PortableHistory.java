package io.github.agentresilience.llm.internal.history;

import java.util.List;

import io.github.agentresilience.llm.internal.history.Dialect.Reasoning;
import io.github.agentresilience.llm.internal.history.Dialect.Signatures;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * Makes a conversation fit for one target. What another target made and only that one
 * understands is taken away, and what this one demands is filled in, on a copy. The same
 * conversation is always rewritten alike, so that prompt caches hold, and comes back as
 * the very list that was given where there is nothing to do.
 */
public final class PortableHistory {

	/**
	 * Stands in an assistant message's metadata for the target that made it; Spring AI
	 * keeps it in tool loop and memory.
	 */
	public static final String MAKER = "resilience.target";

	private final String target;

	private final Dialect dialect;

	private final @Nullable String kin;

	/**
	 * The conversations that one target is sent.
	 * @param target its name
	 */
	public PortableHistory(String target, Dialect dialect) {
		this(target, dialect, null);
	}

	/**
	 * The conversations that a model bean is sent.
	 * @param target its name
	 * @param bean messages of a class of its own stand in the package of its class
	 */
	public PortableHistory(String target, ChatModel bean) {
		this(target, Dialects.ofBean(bean), bean.getClass().getPackageName());
	}

	private PortableHistory(String target, Dialect dialect, @Nullable String kin) {
		this.target = target;
		this.dialect = dialect;
		this.kin = kin;
	}

	/**
	 * Whether even a conversation that no other target has seen must be rewritten.
	 */
	public boolean refusesItsOwn() {
		return this.dialect.reasoning() == Reasoning.REFUSED;
	}

	/**
	 * A prompt as the target takes it.
	 * @return the prompt that was given where nothing is to be changed
	 */
	public Prompt fit(Prompt prompt) {
		List<Message> messages = prompt.getInstructions();
		List<Message> fitting = fit(messages);
		Prompt fit = (fitting != messages) ? new Prompt(fitting, prompt.getOptions()) : prompt;
		return (this.dialect.signatures() == Signatures.ANTHROPIC) ? AnthropicThinking.fit(fit) : fit;
	}

	/**
	 * A conversation as the target takes it.
	 * @return the list that was given where nothing is to be changed
	 */
	List<Message> fit(List<Message> messages) {
		return Turns.fit(needsNothing(messages) ? messages : new Rewriting(this.dialect, this::isOwn).of(messages),
				this.dialect.turns());
	}

	/** Whether nothing in a prompt is left that would have to be changed. */
	public boolean isFit(Prompt prompt) {
		return fit(prompt.getInstructions()) == prompt.getInstructions();
	}

	/** Whether a conversation has an answer that is not known to be the target's own. */
	public static boolean isBegunElsewhere(Prompt prompt, String target) {
		for (Message message : prompt.getInstructions()) {
			if (message instanceof AssistantMessage answer && !target.equals(answer.getMetadata().get(MAKER))) {
				return true;
			}
		}
		return false;
	}

	private boolean isOwn(AssistantMessage message) {
		Object maker = message.getMetadata().get(MAKER);
		return this.target.equals(maker) || maker == null && isOfItsKind(message);
	}

	/** An application may have made it for that very model. */
	private boolean isOfItsKind(AssistantMessage message) {
		return message.getClass() != AssistantMessage.class && message.getClass().getPackageName().equals(this.kin);
	}

	/**
	 * The common case, told without making anything: the target has had the whole
	 * conversation itself.
	 */
	private boolean needsNothing(List<Message> messages) {
		for (Message message : messages) {
			if (message instanceof AssistantMessage answer && (!isOwn(answer) || lacksOrRefuses(answer))) {
				return false;
			}
		}
		return true;
	}

	private boolean lacksOrRefuses(AssistantMessage own) {
		return this.dialect.reasoning() == Reasoning.REFUSED && Privates.hasReasoning(own)
				|| own.hasToolCalls() && Privates.lacksWhatItSaid(own, this.dialect);
	}

}
