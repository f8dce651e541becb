package io.github.agentresilience.llm.internal.history;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;

/**
 * One conversation on its way to a target that did not make all of it. It is read from
 * its beginning to its end, so that what was sent once is sent alike when more follows.
 */
final class Rewriting {

	private final Dialect dialect;

	private final Predicate<AssistantMessage> isOwn;

	/** Ids that the target has given itself, or that stand for others by now. */
	private final Set<String> taken = new HashSet<>();

	/** The calls of the last message that had any, which results follow. */
	private List<Renamed> calls = List.of();

	private int foreignCalls;

	Rewriting(Dialect dialect, Predicate<AssistantMessage> isOwn) {
		this.dialect = dialect;
		this.isOwn = isOwn;
	}

	/** The conversation itself where nothing in it is to be changed. */
	List<Message> of(List<Message> messages) {
		collectOwnIds(messages);
		List<Message> fitting = null;
		for (int i = 0; i < messages.size(); i++) {
			Message message = messages.get(i);
			Message fit = fit(message);
			if (fit != message && fitting == null) {
				fitting = new ArrayList<>(messages.subList(0, i));
			}
			if (fitting != null && fit != null) {
				fitting.add(fit);
			}
		}
		return (fitting != null) ? fitting : messages;
	}

	private void collectOwnIds(List<Message> messages) {
		for (Message message : messages) {
			if (message instanceof AssistantMessage answer && this.isOwn.test(answer)) {
				answer.getToolCalls().forEach((call) -> this.taken.add(Objects.requireNonNullElse(call.id(), "")));
			}
		}
	}

	/**
	 * The message, another one in its place, or {@code null} where the target is not to
	 * see it.
	 */
	private @Nullable Message fit(Message message) {
		if (message instanceof AssistantMessage answer) {
			return fit(answer);
		}
		return (message instanceof ToolResponseMessage results) ? fit(results) : message;
	}

	private @Nullable Message fit(AssistantMessage answer) {
		boolean own = this.isOwn.test(answer);
		if (!own && Privates.areAllOf(answer)) {
			return null;
		}
		if (answer.hasToolCalls()) {
			this.calls = own ? List.of() : answer.getToolCalls().stream().map(this::rename).toList();
		}
		if (own ? !isToBeMended(answer) : isFit(answer)) {
			return answer;
		}
		List<ToolCall> fitting = own ? answer.getToolCalls() : this.calls.stream().map(Renamed::fitting).toList();
		boolean callsTools = answer.hasToolCalls();
		return AssistantMessage.builder()
			.content(own ? answer.getText() : Privates.text(answer))
			.properties(Privates.metadata(answer, own, this.dialect, callsTools ? fitting.get(0).id() : null))
			.toolCalls(callsTools ? fitting : List.of())
			.media(answer.getMedia())
			.build();
	}

	private boolean isToBeMended(AssistantMessage own) {
		return this.dialect.reasoning() == Dialect.Reasoning.REFUSED && Privates.hasReasoning(own)
				|| own.hasToolCalls() && Privates.lacksWhatItSaid(own, this.dialect);
	}

	private boolean isFit(AssistantMessage foreign) {
		return !Privates.areIn(foreign) && (!foreign.hasToolCalls()
				|| !Privates.lacks(foreign, this.dialect) && this.calls.stream().allMatch(Renamed::isUnchanged));
	}

	/**
	 * An id that fits, and that no other call of the conversation has: Google's model
	 * gives none, and some gateways begin anew in each answer.
	 */
	private Renamed rename(ToolCall call) {
		this.foreignCalls++;
		String id = call.id();
		String fitting = (id != null && !id.isBlank()) ? this.dialect.ids().fit(id) : "";
		for (int i = 0; fitting.isEmpty() || !this.taken.add(fitting); i++) {
			fitting = this.dialect.ids().madeOf(this.foreignCalls + ":" + i + ":" + id);
		}
		return new Renamed(call,
				fitting.equals(id) ? call : new ToolCall(fitting, call.type(), call.name(), call.arguments()));
	}

	private ToolResponseMessage fit(ToolResponseMessage results) {
		if (this.calls.stream().allMatch(Renamed::isUnchanged)) {
			return results;
		}
		List<Renamed> open = new ArrayList<>(this.calls);
		List<ToolResponse> fitting = new ArrayList<>();
		for (ToolResponse result : results.getResponses()) {
			Renamed call = answered(open, result);
			open.remove(call);
			fitting.add((call != null) ? new ToolResponse(call.fitting().id(), result.name(), result.responseData())
					: result);
		}
		// Results may come in several messages
		this.calls = open;
		return ToolResponseMessage.builder().responses(fitting).metadata(results.getMetadata()).build();
	}

	/** The call that a result answers; where ids do not tell, the first one is it. */
	private static @Nullable Renamed answered(List<Renamed> open, ToolResponse result) {
		Renamed byId = null;
		for (Renamed call : open) {
			if (Objects.equals(call.asked().id(), result.id())) {
				if (call.asked().name().equals(result.name())) {
					return call;
				}
				byId = (byId != null) ? byId : call;
			}
		}
		return byId;
	}

	/**
	 * A call and what stands in its place, which is the same one where it fits.
	 */
	private record Renamed(ToolCall asked, ToolCall fitting) {

		boolean isUnchanged() {
			return this.asked == this.fitting;
		}

	}

}
