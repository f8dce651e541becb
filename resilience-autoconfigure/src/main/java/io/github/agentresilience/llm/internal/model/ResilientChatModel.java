package io.github.agentresilience.llm.internal.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.budget.TurnAccount;
import io.github.agentresilience.chain.internal.engine.CallSpec;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.limit.Precedence;
import io.github.agentresilience.chain.internal.route.Preference;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.StreamRestarts;
import io.github.agentresilience.llm.internal.accept.Terms;
import io.github.agentresilience.llm.internal.fit.PromptFit;
import io.github.agentresilience.llm.internal.fit.PromptTokens;
import io.github.agentresilience.llm.internal.sticky.Stickiness;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * A chat model that asks the targets of a chain until one answers. It wraps the model
 * call only, inside Spring AI's tool loop, so a retry never runs a tool again.
 *
 * <p>
 * The answer's metadata says who served it: {@link AnswerMetadata}. A call may choose
 * another chain and its own deadline: {@link CallParams}.
 */
public final class ResilientChatModel implements ChatModel {

	/** What a prompt may carry. */
	static final List<String> PARAMS = List.of(CallParams.CHAIN, CallParams.DEADLINE, CallParams.CONVERSATION,
			CallParams.ACCEPT, CallParams.ENTITY, CallParams.TURN_BUDGET, CallParams.PRIORITY);

	private final TargetChain<ChatRequest, ChatResponse> chain;

	private final List<ChatModelTarget> members;

	private final ChatChains chains;

	private final Stickiness stickiness;

	private final @Nullable PromptFit fit;

	private final @Nullable PromptTokens tokens;

	private final boolean restarts;

	private final boolean limited;

	/** A model over a chain that each call asks in the order of its routing. */
	public ResilientChatModel(TargetChain<ChatRequest, ChatResponse> chain, List<ChatModelTarget> members,
			ChatChains chains) {
		this(chain, members, chains, Stickiness.NONE, null, null);
	}

	/**
	 * A model over a chain.
	 * @param chain the chain
	 * @param members its targets, in the same order, without what guards them
	 * @param chains where calls that choose another chain find it
	 * @param stickiness who goes on with what has begun
	 * @param fit which of the targets can serve a prompt, {@code null} where all can
	 * @param tokens counts those of prompts, {@code null} where nobody needs to know
	 */
	public ResilientChatModel(TargetChain<ChatRequest, ChatResponse> chain, List<ChatModelTarget> members,
			ChatChains chains, Stickiness stickiness, @Nullable PromptFit fit, @Nullable PromptTokens tokens) {
		this.chain = chain;
		this.members = List.copyOf(members);
		this.chains = chains;
		this.stickiness = stickiness;
		this.fit = fit;
		this.tokens = tokens;
		this.limited = chain.targets().stream().anyMatch((target) -> target.limits() != null);
		this.restarts = chain.targets().stream().anyMatch((target) -> target.streamCommit() == StreamCommit.RESTART);
	}

	/**
	 * Asks the chain.
	 * @throws io.github.agentresilience.chain.ChainExhaustedException when no target
	 * answered in time
	 * @throws RuntimeException the provider's own, when it refused the request itself
	 */
	@Override
	public ChatResponse call(Prompt prompt) {
		return call(prompt, CallParams.NONE, Terms.NONE, this.members.get(0), null);
	}

	/**
	 * Streams from the chain; another target may take over until the first chunk that
	 * shows something, and after that where {@link StreamRestarts streams restart}.
	 */
	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return stream(prompt, CallParams.NONE, Terms.NONE, this.members.get(0), null);
	}

	/**
	 * Asks the chain for an experiment: faults hit, the scorecard does not count.
	 * @return whether one of its targets answered, rather than its last resort
	 * @throws RuntimeException as {@link #call} does
	 */
	public boolean probe(Prompt prompt) {
		return isServed(this.chain.call(new ChatRequest(prompt, this.members.get(0)), CallSpec.SYNTHETIC));
	}

	/** The same, as a stream to its end. */
	public boolean probeStream(Prompt prompt) {
		return Boolean.TRUE.equals(this.chain.stream(new ChatRequest(prompt, this.members.get(0)), CallSpec.SYNTHETIC)
			.all(ResilientChatModel::isServed)
			.block());
	}

	/** Whether a conversation should stay with whoever answered. */
	private static boolean isWorthKeeping(ChatResponse answer) {
		return isServed(answer) && !Boolean.FALSE.equals(answer.getMetadata().get(AnswerMetadata.ACCEPTED));
	}

	private static boolean isServed(ChatResponse answer) {
		return !Boolean.TRUE.equals(answer.getMetadata().get(AnswerMetadata.DEGRADED));
	}

	/**
	 * This model as one call sees it that has parameters of its own, or was built on one
	 * of the targets, or on a model of its own where the chain was made for such clients.
	 * @param terms what it says about the answers that it accepts
	 * @param plain the model that the prompts of the call are made for
	 */
	ChatModel forCall(CallParams params, Terms terms, @Nullable ChatModel plain) {
		ChatModelTarget madeFor = this.members.stream()
			.filter((member) -> plain != null && member.wraps(plain))
			.findFirst()
			.orElse(this.members.get(0));
		ChatModel ofClient = (plain != null && !madeFor.wraps(plain)) ? plain : null;
		return new ChatModel() {

			@Override
			public ChatResponse call(Prompt prompt) {
				return ResilientChatModel.this.call(prompt, params, terms, madeFor, ofClient);
			}

			@Override
			public Flux<ChatResponse> stream(Prompt prompt) {
				return ResilientChatModel.this.stream(prompt, params, terms, madeFor, ofClient);
			}

			@Override
			public ChatOptions getOptions() {
				return ResilientChatModel.this.getOptions();
			}

		};
	}

	private ChatResponse call(Prompt prompt, CallParams params, Terms terms, ChatModelTarget madeFor,
			@Nullable ChatModel ofClient) {
		CallParams inPrompt = CallParams.of(toolContext(prompt));
		CallParams all = params.orElse(inPrompt);
		ResilientChatModel asked = chosen(all);
		ChatRequest request = request(prompt, inPrompt, terms(all, inPrompt, terms), madeFor,
				(asked == this) ? ofClient : null);
		String conversation = all.conversation();
		CallSpec spec = asked.spec(prompt, all);
		Turn turn = asked.ownTurn(prompt, null);
		ChatResponse answer = (turn == null) ? asked.chain.call(request, spec)
				: turn.during(() -> asked.chain.call(request, spec));
		if (asked.stickiness.remembers(conversation) && isWorthKeeping(answer)) {
			asked.stickiness.served(Objects.requireNonNull(conversation),
					answer.getMetadata().get(AnswerMetadata.TARGET));
		}
		return answer;
	}

	private Flux<ChatResponse> stream(Prompt prompt, CallParams params, Terms terms, ChatModelTarget madeFor,
			@Nullable ChatModel ofClient) {
		CallParams inPrompt = CallParams.of(toolContext(prompt));
		CallParams all = params.orElse(inPrompt);
		ResilientChatModel asked = chosen(all);
		ChatRequest request = request(prompt, inPrompt, terms(all, inPrompt, terms), madeFor,
				(asked == this) ? ofClient : null);
		String conversation = all.conversation();
		Flux<ChatResponse> answer = asked.inTurn(prompt, asked.chain.stream(request, asked.spec(prompt, all)));
		Flux<ChatResponse> chunks = asked.restarts ? StreamVersions.of(answer) : answer;
		if (!asked.stickiness.remembers(conversation)) {
			return chunks;
		}
		return Flux.defer(() -> {
			AtomicReference<@Nullable Object> target = new AtomicReference<>();
			return chunks
				.doOnNext((chunk) -> target
					.set(isWorthKeeping(chunk) ? chunk.getMetadata().get(AnswerMetadata.TARGET) : null))
				.doOnComplete(() -> asked.stickiness.served(Objects.requireNonNull(conversation), target.get()));
		});
	}

	/** Those of the client, and of the prompt where that says more. */
	private static Terms terms(CallParams all, CallParams inPrompt, Terms ofClient) {
		return (inPrompt == CallParams.NONE) ? ofClient : ofClient.with(all);
	}

	private static ChatRequest request(Prompt prompt, CallParams inPrompt, Terms terms, ChatModelTarget madeFor,
			@Nullable ChatModel ofClient) {
		return new ChatRequest((inPrompt == CallParams.NONE) ? prompt : withoutParams(prompt), madeFor, ofClient,
				terms);
	}

	private ResilientChatModel chosen(CallParams params) {
		String name = params.chain();
		return (name == null) ? this : this.chains.model(name);
	}

	private CallSpec spec(Prompt prompt, CallParams params) {
		CallSpec spec = (params.deadline() == null) ? CallSpec.SCORED : new CallSpec(true, params.deadline());
		Preference preference = this.stickiness.preference(prompt.getInstructions(), params.conversation());
		CallSpec preferring = (preference != Preference.NONE) ? spec.preferring(preference) : spec;
		if (this.limited) {
			Integer priority = params.priority();
			preferring = preferring
				.going(new Precedence(hasBegun(prompt.getInstructions()), (priority != null) ? priority : 0));
		}
		if (this.tokens == null) {
			return preferring;
		}
		PromptTokens.OfPrompt ofPrompt = this.tokens.of(prompt);
		CallSpec taking = preferring.taking(ofPrompt);
		return (this.fit != null) ? taking.among(this.fit.of(prompt, ofPrompt)) : taking;
	}

	/** A call that is part of no turn with a budget is a turn of its own. */
	private Flux<ChatResponse> inTurn(Prompt prompt, Flux<ChatResponse> answer) {
		if (turnBudget(prompt) == null) {
			return answer;
		}
		return Flux.deferContextual((subscriber) -> {
			Turn turn = ownTurn(prompt, subscriber);
			return (turn == null) ? answer : answer.contextWrite((context) -> context.put(Turn.KEY, turn));
		});
	}

	private @Nullable Turn ownTurn(Prompt prompt, @Nullable ContextView streamContext) {
		TurnBudget budget = turnBudget(prompt);
		Turn outer = (budget != null) ? this.chain.turn(streamContext) : null;
		return (budget == null || (outer != null && outer.account() != null)) ? null
				: Turn.within(outer, null, 0, this.chain.account(budget, outer));
	}

	private @Nullable TurnBudget turnBudget(Prompt prompt) {
		TurnBudget ofCall = CallParams.turnBudget(toolContext(prompt));
		return (ofCall != null) ? ofCall : this.chain.policy().turnBudget();
	}

	/**
	 * What a turn spends from that begins with the call of a client.
	 * @param context the context of its advisors
	 * @param outer the turn that it is a part of, {@code null} for none
	 * @return {@code null} where neither the call nor its chain has a budget
	 */
	@Nullable TurnAccount account(Map<String, Object> context, Prompt prompt, @Nullable Turn outer) {
		Map<String, Object> inPrompt = toolContext(prompt);
		Object name = context.get(CallParams.CHAIN);
		if (name == null && inPrompt != null) {
			name = inPrompt.get(CallParams.CHAIN);
		}
		ResilientChatModel asked = (name instanceof String chosen) ? this.chains.model(chosen) : this;
		TurnBudget ofClient = CallParams.turnBudget(context);
		TurnBudget budget = (ofClient != null) ? ofClient : asked.turnBudget(prompt);
		return (budget != null) ? asked.chain.account(budget, outer) : null;
	}

	/** Whether a turn goes on: the model has said something since the user spoke. */
	private static boolean hasBegun(List<Message> messages) {
		for (int i = messages.size() - 1; i >= 0; i--) {
			MessageType type = messages.get(i).getMessageType();
			if (type == MessageType.USER) {
				return false;
			}
			if (type == MessageType.ASSISTANT || type == MessageType.TOOL) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The parameters of a call that a client makes.
	 * @param context the context of its advisors
	 */
	CallParams params(Map<String, Object> context) {
		CallParams params = CallParams.of(context);
		String conversation = this.stickiness.conversation(context);
		return (conversation != null) ? params.orElse(new CallParams(null, null, conversation)) : params;
	}

	private static @Nullable Map<String, Object> toolContext(Prompt prompt) {
		return (prompt.getOptions() instanceof ToolCallingChatOptions tools) ? tools.getToolContext() : null;
	}

	private static Prompt withoutParams(Prompt prompt) {
		ToolCallingChatOptions options = (ToolCallingChatOptions) prompt.getOptions();
		Map<String, Object> context = new HashMap<>(Objects.requireNonNull(options).getToolContext());
		PARAMS.forEach(context::remove);
		ToolCallingChatOptions.Builder<?> builder = (ToolCallingChatOptions.Builder<?>) options.mutate();
		// A map adds to the one that is there; null takes that away
		return new Prompt(prompt.getInstructions(), builder.toolContext(null).toolContext(context).build());
	}

	/**
	 * The first target's options as they are now, since those of an application's model
	 * may change. ChatClient starts every prompt from them, and only options that can
	 * hold tools turn its tool loop on.
	 */
	@Override
	public ChatOptions getOptions() {
		return this.members.get(0).options();
	}

	/** Whether a model is one of the chain's targets. */
	public boolean wraps(ChatModel model) {
		return this.members.stream().anyMatch((member) -> member.wraps(model));
	}

	public TargetChain<ChatRequest, ChatResponse> chain() {
		return this.chain;
	}

}
