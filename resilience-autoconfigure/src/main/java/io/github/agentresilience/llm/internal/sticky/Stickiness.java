package io.github.agentresilience.llm.internal.sticky;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.internal.route.Preference;
import io.github.agentresilience.llm.Sticky;
import io.github.agentresilience.llm.internal.history.PortableHistory;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;

/**
 * Who goes on with what one chain has begun. Of a turn the prompt itself tells: its
 * messages are marked with who made them. A conversation is remembered, or, where the
 * routing draws lots, always draws the same.
 */
public final class Stickiness {

	/** Each call takes the order of the routing. */
	public static final Stickiness NONE = new Stickiness(Sticky.NONE, "", null);

	/**
	 * What Spring AI's chat memory took for its id where an application said none: all
	 * users share it, so it is no conversation.
	 */
	private static final String NOBODYS = "default";

	private final Sticky sticky;

	private final String chain;

	private final @Nullable Conversations conversations;

	/**
	 * The rules of one chain.
	 * @param conversations remembers who served them, {@code null} where nothing is to be
	 * remembered
	 */
	private Stickiness(Sticky sticky, String chain, @Nullable Conversations conversations) {
		this.sticky = sticky;
		this.chain = chain;
		this.conversations = conversations;
	}

	/**
	 * The rules of one chain.
	 * @param routing of the chain; by weights, nothing need be remembered
	 */
	public static Stickiness of(Sticky sticky, String chain, Routing routing, Conversations conversations) {
		boolean remembers = sticky == Sticky.CONVERSATION && routing != Routing.WEIGHTED;
		return new Stickiness(sticky, chain, remembers ? conversations : null);
	}

	/**
	 * The id of the conversation in the memory that a call takes part in.
	 * @param context the advisors' context
	 * @return {@code null} where conversations do not matter here, or it is in none
	 */
	public @Nullable String conversation(Map<String, ? extends @Nullable Object> context) {
		if (this.sticky != Sticky.CONVERSATION) {
			return null;
		}
		Object id = context.get(ChatMemory.CONVERSATION_ID);
		return (id == null || id.toString().isBlank() || id.equals(NOBODYS)) ? null : id.toString();
	}

	/**
	 * What a call wishes of the order of the targets.
	 * @param messages its prompt
	 * @param conversation the id of its conversation, {@code null} where it has none
	 */
	public Preference preference(List<Message> messages, @Nullable String conversation) {
		if (this.sticky == Sticky.NONE) {
			return Preference.NONE;
		}
		String target = ofTurn(messages);
		if (this.sticky == Sticky.TURN || conversation == null) {
			return (target != null) ? new Preference(target, null) : Preference.NONE;
		}
		if (target == null && this.conversations != null) {
			target = this.conversations.target(this.chain, conversation);
		}
		return new Preference(target, conversation);
	}

	/** Whether somebody must say who served a conversation. */
	public boolean remembers(@Nullable String conversation) {
		return conversation != null && this.conversations != null;
	}

	/** A target has served a call of a conversation. */
	public void served(String conversation, @Nullable Object target) {
		if (this.conversations != null && target instanceof String name) {
			this.conversations.served(this.chain, conversation, name);
		}
	}

	/** Who made the last message of the model since the user spoke. */
	private static @Nullable String ofTurn(List<Message> messages) {
		for (int i = messages.size() - 1; i >= 0; i--) {
			Message message = messages.get(i);
			if (message.getMessageType() == MessageType.USER) {
				return null;
			}
			if (message instanceof AssistantMessage) {
				return (message.getMetadata().get(PortableHistory.MAKER) instanceof String target) ? target : null;
			}
		}
		return null;
	}

}
