package io.github.agentresilience.observation;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.chain.ContextCarrier;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.llm.ResilientChatModel;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lines that come too soon are put off, not lost. The clock of the chains is ours here.
 */
@Timeout(60)
class EventLogTests {

	private static final Duration AFTER_THE_LIMIT = Duration.ofSeconds(11);

	private final ScriptedProvider primary = new ScriptedProvider();

	private final ScriptedProvider fallback = new ScriptedProvider();

	private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

	private ConfigurableApplicationContext context;

	private ResilientChatModel model;

	@BeforeEach
	void start() {
		this.context = TestApplication.start(WebApplicationType.NONE, Clocked.class,
				Stream.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=m",
						"resilience.llm.chains.default=a,b", "resilience.llm.retry.max-attempts=1",
						"resilience.llm.breaker.window=1000", "resilience.llm.breaker.minimum-calls=1000",
						"logging.level.io.github.agentresilience=INFO")
					.toList());
		this.model = this.context.getBean(ResilientChatModel.class);
		this.lines.start();
		events().addAppender(this.lines);
	}

	@AfterEach
	void close() {
		events().detachAppender(this.lines);
		this.context.close();
		this.primary.close();
		this.fallback.close();
	}

	private static Logger events() {
		return (Logger) LoggerFactory.getLogger("io.github.agentresilience.events");
	}

	private void pass(Duration time) {
		this.context.getBean(Clocked.class).ahead.addAndGet(time.toNanos());
	}

	private void ask(Reply primarySays) {
		this.primary.then(primarySays);
		this.model.call(new Prompt("my prompt is private"));
	}

	private List<ILoggingEvent> lines(String event) {
		return List.copyOf(this.lines.list).stream().filter((line) -> event.equals(value(line, "event"))).toList();
	}

	private static String value(ILoggingEvent line, String key) {
		return line.getKeyValuePairs()
			.stream()
			.filter((pair) -> pair.key.equals(key))
			.map((pair) -> String.valueOf(pair.value))
			.findFirst()
			.orElse(null);
	}

	@Test
	void anOutageThatBeginsTooSoonAfterAnotherIsSaidLater() {
		ask(Reply.status(503));
		ask(Reply.text("back"));
		assertThat(lines("outage-began")).hasSize(1);
		assertThat(lines("outage-ended")).hasSize(1);
		ask(Reply.status(503));
		ask(Reply.status(503));
		assertThat(lines("outage-began")).hasSize(1);
		pass(AFTER_THE_LIMIT);
		ask(Reply.status(503));
		ask(Reply.status(503));
		assertThat(lines("outage-began")).hasSize(2);
		pass(Duration.ofHours(3));
		ask(Reply.text("back"));
		assertThat(lines("outage-ended")).hasSize(2);
		assertThat(Long.parseLong(value(lines("outage-ended").get(1), "durationMs")))
			.isGreaterThanOrEqualTo(Duration.ofHours(3).plus(AFTER_THE_LIMIT).toMillis());
	}

	@Test
	void theEndOfAnAnnouncedOutageIsSaidHoweverSoonItComesAndShortOnesAreCounted() {
		for (int i = 0; i < 4; i++) {
			ask(Reply.status(503));
			ask(Reply.text("back"));
		}
		assertThat(lines("outage-began")).hasSize(1);
		assertThat(lines("outage-ended")).hasSize(1);
		pass(AFTER_THE_LIMIT);
		ask(Reply.status(503));
		assertThat(lines("outage-began")).hasSize(2);
		assertThat(value(lines("outage-began").get(1), "unsaid")).isEqualTo("3");
		assertThat(lines("outage-began").toString()).doesNotContain("private");
	}

	@Test
	void aFlappingBreakerIsSaidNowAndThenAndInTheEndAsItIs() {
		CircuitBreaker breaker = this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((target) -> target.name().equals("a"))
			.map(GuardedTarget::breaker)
			.findFirst()
			.orElseThrow();
		breaker.transitionToOpenState();
		breaker.transitionToHalfOpenState();
		breaker.transitionToOpenState();
		breaker.transitionToClosedState();
		assertThat(lines("breaker")).hasSize(1);
		assertThat(value(lines("breaker").get(0), "to")).isEqualTo("OPEN");
		ask(Reply.text("hi"));
		assertThat(lines("breaker")).hasSize(1);
		pass(AFTER_THE_LIMIT);
		ask(Reply.text("hi"));
		ask(Reply.text("hi"));
		assertThat(lines("breaker")).hasSize(2);
		assertThat(value(lines("breaker").get(1), "to")).isEqualTo("CLOSED");
		assertThat(value(lines("breaker").get(1), "unsaid")).isEqualTo("2");
	}

	@Test
	void linesOfProbesAreMarkedAndTakeNoneFromUsers() {
		this.primary.always(Reply.status(503));
		this.model.probe(new Prompt("hi"));
		assertThat(value(lines("outage-began").get(0), "synthetic")).isEqualTo("true");
		this.model.call(new Prompt("hi"));
		assertThat(lines("fallback")).extracting((line) -> value(line, "chain")).containsExactly("default:probe", "default");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Clocked {

		private final AtomicLong ahead = new AtomicLong();

		@Bean
		ChainRuntime runtime() {
			return new ChainRuntime(() -> System.nanoTime() + this.ahead.get(), ContextCarrier.NONE);
		}

	}

}
