package io.github.agentresilience.llm.internal.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.BudgetExhaustedException.What;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextSnapshotFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * One budget over all model calls and tool calls of a turn.
 */
class TurnBudgetCallTests extends LlmFixture {

	/** Dear and cheap, by the token. */
	private static final String[] PRICES = { "resilience.llm.targets.a.price.input-per-million=1000",
			"resilience.llm.targets.a.price.output-per-million=1000",
			"resilience.llm.targets.b.price.input-per-million=1",
			"resilience.llm.targets.b.price.output-per-million=1" };

	private final Lookup lookup = new Lookup(() -> "found");

	private ChatClient client(String... properties) {
		model(properties);
		return this.context.getBean(ChatClient.Builder.class).build();
	}

	private static String ask(ChatClient client, boolean stream, TurnBudget budget, Object... tools) {
		ChatClient.ChatClientRequestSpec request = client.prompt("hi").tools(tools);
		if (budget != null) {
			request.advisors((advisors) -> advisors.param(CallParams.TURN_BUDGET, budget));
		}
		return stream ? String.join("", request.stream().content().collectList().block()) : request.call().content();
	}

	private static BudgetExhaustedException exhausted(Supplier<?> call) {
		return catchThrowableOfType(BudgetExhaustedException.class, call::get);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aToolLoopEndsWhenItsModelCallsAreSpent(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}").usage(7, 3));
		ChatClient client = client();
		BudgetExhaustedException thrown = exhausted(
				() -> ask(client, stream, TurnBudget.unlimited().modelCalls(3), this.lookup));
		assertThat(thrown).hasMessage("The budget of a turn of the chain 'default' is exhausted: 3 model calls; another"
				+ " model call is needed; spent: a (3 model calls, 30 tokens), lookup (3 tool calls)");
		assertThat(thrown.what()).isEqualTo(What.MODEL_CALLS);
		assertThat(this.primary.requestCount()).isEqualTo(3);
		assertThat(this.lookup.runs).isEqualTo(3);
		assertThat(this.fallback.requestCount()).isZero();
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aToolLoopEndsWhenItsToolCallsAreSpent(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}"));
		ChatClient client = client();
		BudgetExhaustedException thrown = exhausted(
				() -> ask(client, stream, TurnBudget.unlimited().toolCalls(2), this.lookup));
		assertThat(thrown.what()).isEqualTo(What.TOOL_CALLS);
		assertThat(thrown).hasMessageContaining("another tool call is needed");
		assertThat(thrown.spent().toolCalls()).isEqualTo(2);
		assertThat(this.lookup.runs).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aToolLoopEndsWhenItsTokensAreSpent(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}").usage(400, 50));
		ChatClient client = client();
		BudgetExhaustedException thrown = exhausted(
				() -> ask(client, stream, TurnBudget.unlimited().tokens(1000), this.lookup));
		assertThat(thrown.what()).isEqualTo(What.TOKENS);
		assertThat(thrown.spent().tokens()).isEqualTo(900);
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatIsLeftOfAnswersGoesToACheaperTarget(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}").usage(400, 50));
		this.fallback.always(Reply.text("cheap").usage(400, 50));
		ChatClient client = client(PRICES);
		assertThat(ask(client, stream, TurnBudget.unlimited().cost("0.46"), this.lookup)).isEqualTo("cheap");
		assertThat(this.primary.requestCount()).isEqualTo(1);
		assertThat(this.lookup.runs).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aTurnThatHasEnoughIsNotDisturbed(boolean stream) {
		this.primary.then(Reply.toolCall("lookup", "{}")).always(Reply.text("done"));
		ChatClient client = client(PRICES);
		TurnBudget budget = TurnBudget.unlimited().tokens(5000).cost("5").modelCalls(2).toolCalls(1);
		assertThat(ask(client, stream, budget, this.lookup)).isEqualTo("done");
		assertThat(ask(client, stream, null)).isEqualTo("done");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void retriesOfATurnCount(boolean stream) {
		this.primary.then(Reply.status(503)).then(Reply.toolCall("lookup", "{}")).always(Reply.text("done"));
		ChatClient client = client();
		assertThat(exhausted(() -> ask(client, stream, TurnBudget.unlimited().modelCalls(2), this.lookup)).spent()
			.modelCalls()).isEqualTo(2);
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@Test
	void whatWasRefusedHasCostNoTokens() {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.toolCall("lookup", "{}").usage(7, 3));
		ChatClient client = client("resilience.llm.retry.max-attempts=1");
		assertThat(exhausted(() -> ask(client, false, TurnBudget.unlimited().modelCalls(2).tokens(10_000), this.lookup))
			.spent()).hasToString("2 model calls, 1 tool call, 10 tokens");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aChainMayHaveABudget(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}"));
		this.fallback.always(Reply.toolCall("lookup", "{}"));
		ChatClient client = client("resilience.llm.turn-budget.model-calls=2",
				"resilience.llm.turn-budget.tool-calls=9", "resilience.llm.turn-budget.chains.other.model-calls=1",
				"resilience.llm.chains.other=b");
		assertThat(exhausted(() -> ask(client, stream, null, this.lookup)).budget())
			.isEqualTo(TurnBudget.unlimited().modelCalls(2).toolCalls(9));
		assertThat(exhausted(() -> client.prompt("hi")
			.tools(this.lookup)
			.advisors((advisors) -> advisors.param(CallParams.CHAIN, "other"))
			.call()
			.content())).hasMessageContaining("of the chain 'other' is exhausted: 1 model call, 9 tool calls");
		assertThat(exhausted(() -> ask(client, stream, TurnBudget.unlimited().modelCalls(3), this.lookup)).budget())
			.isEqualTo(TurnBudget.unlimited().modelCalls(3));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aCallWithoutAClientIsATurnOfItsOwn(boolean stream) {
		this.primary.by((number) -> number < 2 ? Reply.text("fine") : Reply.status(503));
		ChatModel model = model("resilience.llm.turn-budget.model-calls=1");
		for (int i = 0; i < 2; i++) {
			assertThat(stream ? streamed(model) : text(model.call(new Prompt("hi")))).isEqualTo("fine");
		}
		assertThat(exhausted(() -> stream ? streamed(model) : model.call(new Prompt("hi"))).spentOn())
			.containsOnlyKeys("a");
		assertThat(this.fallback.requestCount()).isZero();
		Prompt more = new Prompt("hi",
				OpenAiChatOptions.builder()
					.toolContext(Map.of(CallParams.TURN_BUDGET, TurnBudget.unlimited()))
					.build());
		assertThat(text(model.call(more))).isEqualTo("I am the fallback");
	}

	@Test
	void whatIsNoBudgetIsRefused() {
		ChatClient client = client();
		assertThatThrownBy(() -> client.prompt("hi")
			.advisors((advisors) -> advisors.param(CallParams.TURN_BUDGET, 500))
			.call()
			.content()).isInstanceOf(IllegalArgumentException.class)
			.hasMessageContainingAll("resilience.turn-budget", "Integer", "TurnBudget.unlimited()");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aSubAgentSpendsFromTheBudgetOfItsParent(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}").usage(7, 3));
		this.fallback.always(Reply.text("from the sub-agent").usage(2, 1));
		ChatClient client = client("resilience.llm.chains.other=b");
		Lookup subAgent = new Lookup(
				() -> stream ? String.join("", other(client, null).stream().content().collectList().block())
						: other(client, null).call().content());
		BudgetExhaustedException thrown = exhausted(
				() -> ask(client, stream, TurnBudget.unlimited().modelCalls(5), subAgent));
		assertThat(thrown.spentOn().get("a").modelCalls() + thrown.spentOn().get("b").modelCalls()).isEqualTo(5);
		assertThat(thrown.spentOn().get("b")).hasToString("2 model calls, 6 tokens");
		assertThat(this.fallback.requestCount()).isEqualTo(2);
	}

	private static ChatClient.ChatClientRequestSpec other(ChatClient client, TurnBudget budget) {
		return client.prompt("sub").advisors((advisors) -> {
			advisors.param(CallParams.CHAIN, "other");
			if (budget != null) {
				advisors.param(CallParams.TURN_BUDGET, budget);
			}
		});
	}

	/** The parent has not asked too much, so its turn goes on. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aSubAgentThatExhaustsItsOwnBudgetIsAToolThatFailed(boolean stream) {
		this.primary.then(Reply.toolCall("lookup", "{}")).always(Reply.text("went on"));
		this.fallback.always(Reply.status(503));
		ChatClient client = client("resilience.llm.chains.other=b");
		Lookup subAgent = new Lookup(() -> other(client, TurnBudget.unlimited().modelCalls(1)).call().content());
		assertThat(ask(client, stream, TurnBudget.unlimited().modelCalls(9), subAgent)).isEqualTo("went on");
		assertThat(this.fallback.requestCount()).isEqualTo(1);
		assertThat(this.primary.requests().get(1).body()).contains("The budget of a turn of the chain 'other'");
	}

	/** What a sub-agent is refused of its parent's budget ends the parent's turn. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aSubAgentThatExhaustsTheBudgetOfItsParentEndsItsTurn(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}"));
		ChatClient client = client("resilience.llm.chains.other=b");
		Lookup subAgent = new Lookup(() -> other(client, TurnBudget.unlimited().modelCalls(5)).call().content());
		BudgetExhaustedException thrown = exhausted(
				() -> ask(client, stream, TurnBudget.unlimited().modelCalls(1), subAgent));
		assertThat(thrown.chain()).isEqualTo("default");
		assertThat(this.fallback.requestCount()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void subAgentsOnThreadsThatCarryTheContextShareOneBudget(boolean stream) throws Exception {
		this.primary.then(Reply.toolCall("lookup", "{}")).always(Reply.text("done"));
		ChatClient client = client("resilience.llm.chains.other=b");
		ExecutorService threads = ContextExecutorService.wrap(Executors.newFixedThreadPool(4),
				() -> ContextSnapshotFactory.builder().build().captureAll());
		Lookup parallel = new Lookup(() -> {
			List<Callable<String>> calls = new ArrayList<>();
			for (int i = 0; i < 6; i++) {
				calls.add(() -> {
					try {
						return other(client, null).call().content();
					}
					catch (BudgetExhaustedException ex) {
						return "refused";
					}
				});
			}
			List<String> answers = new ArrayList<>();
			try {
				for (Future<String> each : threads.invokeAll(calls)) {
					answers.add(each.get());
				}
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
			return answers.stream().filter((answer) -> answer.equals("refused")).count() + " refused";
		});
		assertThat(exhausted(() -> ask(client, stream, TurnBudget.unlimited().modelCalls(5), parallel)).spent()
			.modelCalls()).isEqualTo(5);
		assertThat(parallel.last).isEqualTo("2 refused");
		assertThat(this.fallback.requestCount()).isEqualTo(4);
		threads.shutdown();
	}

	/** What it costs is told by its answer, and must not be paid for twice. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aTargetThatAsksAnotherChainIsPaidForOnce(boolean stream) {
		this.primary.always(Reply.toolCall("lookup", "{}").usage(7, 3));
		model(Decorated.class, "resilience.llm.chains.inner=a", "resilience.llm.targets.outer.bean=decorated",
				"resilience.llm.chains.default=outer");
		ChatClient client = this.context.getBean(ChatClient.Builder.class).build();
		assertThat(exhausted(() -> ask(client, stream, TurnBudget.unlimited().modelCalls(2), this.lookup)).spentOn())
			.hasToString("{outer=2 model calls, 20 tokens, lookup=2 tool calls}");
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Decorated {

		@Bean
		ChatModel decorated(@Qualifier("innerChatModel") ChatModel inner) {
			return new ChatModel() {

				@Override
				public ChatResponse call(Prompt prompt) {
					return inner.call(prompt);
				}

				@Override
				public Flux<ChatResponse> stream(Prompt prompt) {
					return inner.stream(prompt);
				}

				@Override
				public ChatOptions getOptions() {
					return inner.getOptions();
				}

			};
		}

	}

	/** What a model says of its answers when nobody else does is reserved too. */
	@Test
	void anAnswerThatMayBeLongIsNotAskedFor() {
		ChatModel model = model("resilience.llm.turn-budget.tokens=300",
				"resilience.llm.targets.a.options.max-tokens=400", "resilience.llm.targets.b.options.max-tokens=200");
		assertThat(text(model.call(new Prompt("hi")))).isEqualTo("I am the fallback");
		assertThat(this.primary.requestCount()).isZero();
	}

	static final class Lookup {

		private final Supplier<String> work;

		private int runs;

		private String last;

		Lookup(Supplier<String> work) {
			this.work = work;
		}

		@Tool(description = "Looks something up")
		String lookup() {
			this.runs++;
			this.last = this.work.get();
			return this.last;
		}

	}

}
