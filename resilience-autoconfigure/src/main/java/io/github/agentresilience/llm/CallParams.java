package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.agentresilience.chain.TurnBudget;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.converter.BeanOutputConverter;
import org.springframework.ai.converter.StructuredOutputConverter;
import org.springframework.core.ParameterizedTypeReference;

/**
 * What one call may choose for itself. The keys are ChatClient advisor parameters:
 *
 * <pre>{@code
 * chatClient.prompt("...")
 *     .advisors((advisors) -> advisors.param(CallParams.CHAIN, "smart")
 *         .param(CallParams.DEADLINE, Duration.ofSeconds(5)))
 *     .call();
 * }</pre>
 *
 * All but {@link #TURN_DEADLINE} are also read from the tool context of a prompt's
 * options, with a client or without one. An advisor parameter comes before them.
 *
 * @param chain the chain to ask, {@code null} for the model's own
 * @param deadline the time for the whole call, {@code null} for the chain's own
 * @param conversation the conversation that the call is part of, {@code null} for none
 * @param accept what makes an answer unacceptable, in the place of what the chain says,
 * {@code null} for that
 * @param acceptors who is asked about the answer besides those of the chain
 * @param entity what the answer must convert to, {@code null} for nothing
 * @param priority whether it goes before others that wait for a target, {@code null}
 * where it does not say
 */
public record CallParams(@Nullable String chain, @Nullable Duration deadline, @Nullable String conversation,
		@Nullable Set<Accept> accept, List<AnswerAcceptor> acceptors, @Nullable StructuredOutputConverter<?> entity,
		@Nullable Integer priority) {

	/** Names the chain to ask, as a String. */
	public static final String CHAIN = "resilience.chain";

	/**
	 * Bounds one model call over all its attempts, waits and targets; a {@link Duration}.
	 */
	public static final String DEADLINE = "resilience.deadline";

	/**
	 * Bounds a whole turn of the agent: all model calls and tool calls of the tool loop
	 * together; a {@link Duration}. Read by ChatClient only, since a chat model sees no
	 * more than its own call.
	 */
	public static final String TURN_DEADLINE = "resilience.turn-deadline";

	/**
	 * Bounds what a whole turn of the agent may spend: tokens, money, model calls and
	 * tool calls of the tool loop together; a {@link TurnBudget}, in the place of the
	 * chain's {@code resilience.llm.turn-budget}. A call within a turn, as that of a
	 * sub-agent in a tool, spends from that turn's too. For a chat model without a
	 * client, the turn is its own call.
	 */
	public static final String TURN_BUDGET = "resilience.turn-budget";

	/**
	 * Names the conversation that the call is part of, as a String, where
	 * {@code resilience.llm.sticky} is {@code conversation}. Without it, it is that of
	 * Spring AI's chat memory. Two users must not have the same.
	 */
	public static final String CONVERSATION = "resilience.conversation";

	/**
	 * What the answer must be like: an {@link Accept} or its name such as {@code length},
	 * which take the place of {@code resilience.llm.accept}; an {@link AnswerAcceptor},
	 * which is asked besides those of the application; or a collection of them, an empty
	 * one for whatever the model says. A stream is held back until it is whole.
	 */
	public static final String ACCEPT = "resilience.accept";

	/**
	 * What the answer must convert to: a {@link Class}, a
	 * {@link ParameterizedTypeReference} or a {@link StructuredOutputConverter}. A stream
	 * is held back until it is whole.
	 */
	public static final String ENTITY = "resilience.entity";

	/**
	 * Which of the calls goes first that wait for a target because all are over their
	 * limits: an {@link Integer}, higher first, 0 where it is missing. Turns that have
	 * begun go before those that begin, whatever it says.
	 */
	public static final String PRIORITY = "resilience.priority";

	/** Their schemas take long to generate. */
	private static final ClassValue<StructuredOutputConverter<?>> CONVERTERS = new ClassValue<>() {

		@Override
		protected StructuredOutputConverter<?> computeValue(Class<?> type) {
			return new BeanOutputConverter<>(type);
		}

	};

	public static final CallParams NONE = new CallParams(null, null, null);

	public CallParams {
		accept = (accept != null) ? Set.copyOf(accept) : null;
		acceptors = List.copyOf(acceptors);
	}

	/** Parameters that leave to the chain which answers are accepted. */
	public CallParams(@Nullable String chain, @Nullable Duration deadline, @Nullable String conversation) {
		this(chain, deadline, conversation, null, List.of(), null, null);
	}

	/**
	 * Reads the parameters.
	 * @throws IllegalArgumentException when a value is of another type or no positive
	 * duration
	 */
	public static CallParams of(@Nullable Map<String, Object> params) {
		if (params == null || params.isEmpty()) {
			return NONE;
		}
		String chain = text(params, CHAIN, "the name of a chain");
		Duration deadline = duration(params, DEADLINE);
		String conversation = text(params, CONVERSATION, "the id of a conversation");
		if (conversation != null && conversation.isBlank()) {
			// Everybody has that one
			conversation = null;
		}
		Object accept = params.get(ACCEPT);
		Object entity = params.get(ENTITY);
		Integer priority = priority(params.get(PRIORITY));
		if (accept == null && entity == null && priority == null) {
			return (chain == null && deadline == null && conversation == null) ? NONE
					: new CallParams(chain, deadline, conversation);
		}
		List<?> all = (accept instanceof Collection<?> several) ? new ArrayList<>(several)
				: (accept != null) ? List.of(accept) : List.of();
		List<AnswerAcceptor> acceptors = all.stream()
			.filter(AnswerAcceptor.class::isInstance)
			.map(AnswerAcceptor.class::cast)
			.toList();
		boolean names = accept != null && (all.isEmpty() || all.size() > acceptors.size());
		return new CallParams(chain, deadline, conversation, names ? named(all) : null, acceptors, converter(entity),
				priority);
	}

	private static @Nullable Integer priority(@Nullable Object value) {
		if (value != null && !(value instanceof Integer)) {
			throw new IllegalArgumentException(
					PRIORITY + " is a " + value.getClass().getSimpleName() + "; use an Integer");
		}
		return (Integer) value;
	}

	private static Set<Accept> named(List<?> all) {
		Set<Accept> named = EnumSet.noneOf(Accept.class);
		for (Object each : all) {
			if (!(each instanceof AnswerAcceptor)) {
				named.add(named(each));
			}
		}
		return named;
	}

	private static Accept named(@Nullable Object value) {
		if (value instanceof Accept accept) {
			return accept;
		}
		if (value instanceof String name) {
			for (Accept accept : Accept.values()) {
				if (accept.name().equalsIgnoreCase(name.strip().replace('-', '_'))) {
					return accept;
				}
			}
		}
		throw new IllegalArgumentException(ACCEPT + " holds "
				+ (value instanceof String ? "'" + value + "'"
						: (value != null) ? "a " + value.getClass().getSimpleName() : "null")
				+ "; use an Accept such as length, refusal, schema or tool-arguments, an AnswerAcceptor, or a"
				+ " collection of them");
	}

	private static @Nullable StructuredOutputConverter<?> converter(@Nullable Object entity) {
		if (entity == null || entity instanceof StructuredOutputConverter<?>) {
			return (StructuredOutputConverter<?>) entity;
		}
		if (entity instanceof Class<?> type) {
			return CONVERTERS.get(type);
		}
		if (entity instanceof ParameterizedTypeReference<?> type) {
			return new BeanOutputConverter<>(type);
		}
		throw new IllegalArgumentException(ENTITY + " is a " + entity.getClass().getSimpleName()
				+ "; use a Class, a ParameterizedTypeReference or a StructuredOutputConverter");
	}

	private static @Nullable String text(Map<String, Object> params, String key, String what) {
		Object value = params.get(key);
		if (value != null && !(value instanceof String)) {
			throw new IllegalArgumentException(
					key + " is a " + value.getClass().getSimpleName() + "; use " + what + ", a String");
		}
		return (String) value;
	}

	/** These, and where they leave something open what others say. */
	public CallParams orElse(CallParams others) {
		if (this == NONE || others == NONE) {
			return (this == NONE) ? others : this;
		}
		return new CallParams(this.chain != null ? this.chain : others.chain,
				this.deadline != null ? this.deadline : others.deadline,
				this.conversation != null ? this.conversation : others.conversation,
				this.accept != null ? this.accept : others.accept,
				this.acceptors.isEmpty() ? others.acceptors : this.acceptors,
				this.entity != null ? this.entity : others.entity,
				this.priority != null ? this.priority : others.priority);
	}

	public static @Nullable Duration duration(Map<String, Object> params, String key) {
		Object value = params.get(key);
		if (value == null) {
			return null;
		}
		if (!(value instanceof Duration duration)) {
			throw new IllegalArgumentException(key + " is a " + value.getClass().getSimpleName()
					+ "; use a java.time.Duration such as Duration.ofSeconds(5)");
		}
		if (duration.isNegative() || duration.isZero()) {
			throw new IllegalArgumentException(key + " is " + duration + "; use a positive duration");
		}
		return duration;
	}

	/**
	 * Reads the budget of a turn.
	 * @return {@code null} where the parameters have none
	 * @throws IllegalArgumentException when the value is of another type
	 */
	public static @Nullable TurnBudget turnBudget(@Nullable Map<String, Object> params) {
		Object value = (params != null) ? params.get(TURN_BUDGET) : null;
		if (value != null && !(value instanceof TurnBudget)) {
			throw new IllegalArgumentException(TURN_BUDGET + " is a " + value.getClass().getSimpleName()
					+ "; use a TurnBudget such as TurnBudget.unlimited().tokens(20_000)");
		}
		return (TurnBudget) value;
	}

}
