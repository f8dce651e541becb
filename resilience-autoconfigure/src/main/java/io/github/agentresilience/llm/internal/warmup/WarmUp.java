package io.github.agentresilience.llm.internal.warmup;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.llm.internal.failure.ChatFailureClassifier;
import io.github.agentresilience.llm.internal.model.ChatAnswers;
import io.github.agentresilience.llm.internal.model.ChatRequest;
import io.github.agentresilience.llm.internal.model.OpenAiTarget;
import io.github.agentresilience.llm.internal.model.OpenAiTargetFactory;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.llm.internal.model.ResilientModelAdvisor;
import io.github.agentresilience.llm.internal.model.TargetOptions;
import io.github.agentresilience.llm.internal.model.TurnAdvisor;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.util.ClassUtils;

/**
 * Calls a model at start-up, so that the first call of an application does not pay for
 * loading some thousand classes, setting up TLS, and code that is not compiled yet. The
 * whole client stack runs, from ChatClient to the connection, but its provider is a
 * {@link CannedServer}, and the chain, its breaker and its threads are thrown away:
 * nothing is sent, counted, observed or logged.
 */
public final class WarmUp {

	private static final Logger logger = LoggerFactory.getLogger(WarmUp.class);

	private static final String NAME = "warm-up";

	private static final boolean CHAT_CLIENT_PRESENT = ClassUtils
		.isPresent("org.springframework.ai.chat.client.ChatClient", WarmUp.class.getClassLoader());

	private static final Prompt PROMPT = new Prompt("Hello");

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final RetryPolicy ONCE = new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO, 0, Duration.ZERO);

	/** Enough for what is called most to be compiled once. */
	private static final int ROUNDS = 3;

	private final BooleanSupplier cancelled;

	/**
	 * A warm-up.
	 * @param cancelled asked between two calls; ends it
	 */
	public WarmUp(BooleanSupplier cancelled) {
		this.cancelled = cancelled;
	}

	/**
	 * Runs on the calling thread, for as long as it takes: a few seconds in a new
	 * process. Throws nothing.
	 * @return whether it went through to its end
	 */
	public boolean run() {
		try (ChainRuntime runtime = ChainRuntime.create();
				OpenAiTargetFactory targets = new OpenAiTargetFactory(runtime, new CannedServer())) {
			ResilientChatModel model = model(runtime, targets);
			for (int i = 0; i < ROUNDS; i++) {
				if (this.cancelled.getAsBoolean()) {
					return false;
				}
				ask(model, runtime);
				greetOverTls();
			}
			return true;
		}
		catch (Exception | LinkageError ex) {
			logger.debug("The client stack was not warmed up: {}", ex.toString());
			return false;
		}
	}

	private static void ask(ResilientChatModel model, ChainRuntime runtime) {
		if (CHAT_CLIENT_PRESENT) {
			OverChatClient.ask(model, runtime);
		}
		else {
			model.call(PROMPT);
			model.stream(PROMPT).blockLast();
		}
	}

	/**
	 * Sends the first message of a handshake, whose answer is the end of the connection.
	 */
	private static void greetOverTls() {
		try (Socket peer = new CannedServer().createSocket();
				Socket socket = SSLContext.getDefault().getSocketFactory().createSocket(peer, "127.0.0.1", 443, true)) {
			((SSLSocket) socket).startHandshake();
		}
		catch (IOException | GeneralSecurityException expected) {
			// The canned server does not know TLS
		}
	}

	private static ResilientChatModel model(ChainRuntime runtime, OpenAiTargetFactory targets) {
		OpenAiTarget target = targets.create(NAME,
				new OpenAiTargetFactory.Endpoint("http://127.0.0.1/v1", NAME, NAME, Map.of(), TargetOptions.NONE));
		ChatFailureClassifier classifier = new ChatFailureClassifier(runtime.time().clock(), Set.of());
		ChainServices<ChatResponse> services = new ChainServices<>(Layer.LLM, runtime, classifier,
				new ChatAnswers(classifier), new RetryBudget(0, runtime.clock()), List.of());
		GuardedTarget<ChatRequest, ChatResponse> guarded = new GuardedTarget<>(target, CircuitBreaker.ofDefaults(NAME),
				ONCE, TimeoutPolicy.of(TIMEOUT));
		TargetChain<ChatRequest, ChatResponse> chain = new TargetChain<>(services, NAME, List.of(guarded),
				new ChainPolicy(TIMEOUT, WhenAllOpen.FAIL_FAST));
		return new ResilientChatModel(chain, List.of(target), (other) -> {
			throw new IllegalArgumentException(other);
		});
	}

	/** A class of its own, since an application may lack ChatClient. */
	private static final class OverChatClient {

		static void ask(ResilientChatModel model, ChainRuntime runtime) {
			ChatClient client = ChatClient.builder(model)
				.defaultAdvisors(new TurnAdvisor(runtime, model), new ResilientModelAdvisor(model, null))
				.build();
			client.prompt(PROMPT).call().content();
			client.prompt(PROMPT).stream().content().blockLast();
		}

	}

}
