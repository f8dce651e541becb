package io.github.agentresilience.observation.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import io.github.agentresilience.support.ManualTime;
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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
		this.context = TestApplication
			.start(WebApplicationType.NONE, Clocked.class, Stream
				.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
						"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
						"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
						"resilience.llm.retry.max-attempts=1", "resilience.llm.breaker.window=1000",
						"resilience.llm.breaker.minimum-calls=1000", "logging.level.io.github.agentresilience=INFO")
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

	/** The time passes, and the timer is late. */
	private void pass(Duration time) {
		this.context.getBean(Clocked.class).time.turn(time);
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
		assertThat(value(lines("outage-began").get(1), "suppressed")).isEqualTo("3");
		assertThat(lines("outage-began").toString()).doesNotContain("private");
	}

	private CircuitBreaker breaker() {
		return this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((target) -> target.name().equals("a"))
			.map(GuardedTarget::breaker)
			.findFirst()
			.orElseThrow();
	}

	/** What the timer does when the time has come. */
	private void timer() {
		this.context.getBean(Clocked.class).time.advance(AFTER_THE_LIMIT);
	}

	private List<String> states() {
		return lines("breaker").stream().map((line) -> value(line, "to")).toList();
	}

	@Test
	void breakersInASteadyOutageAreFoundOpenInTheLog() {
		CircuitBreaker breaker = breaker();
		breaker.transitionToOpenState();
		assertThat(states()).containsExactly("OPEN");
		for (int probe = 1; probe <= 3; probe++) {
			pass(AFTER_THE_LIMIT);
			breaker.transitionToHalfOpenState();
			Instant before = Instant.now();
			breaker.transitionToOpenState();
			Instant after = Instant.now();
			timer();
			assertThat(states()).hasSize(1 + 2 * probe).endsWith("OPEN", "HALF_OPEN", "OPEN");
			ILoggingEvent last = lines("breaker").get(2 * probe);
			assertThat(Instant.parse(value(last, "at"))).isBetween(before.minusMillis(5), after.plusMillis(5));
			assertThat(last.getFormattedMessage()).contains("is OPEN since " + value(last, "at"));
		}
	}

	@Test
	void aBreakerThatClosesWhereNoCallComesByIsSaidToBeClosed() {
		CircuitBreaker breaker = breaker();
		breaker.transitionToOpenState();
		breaker.transitionToHalfOpenState();
		breaker.transitionToClosedState();
		assertThat(states()).containsExactly("OPEN");
		timer();
		assertThat(states()).containsExactly("OPEN", "HALF_OPEN", "CLOSED");
		timer();
		assertThat(lines("breaker")).hasSize(3);
	}

	@Test
	void aFlappingBreakerIsSaidNowAndThenAndInTheEndAsItIs() {
		CircuitBreaker breaker = breaker();
		for (int i = 0; i < 20; i++) {
			breaker.transitionToOpenState();
			breaker.transitionToClosedState();
		}
		breaker.transitionToForcedOpenState();
		assertThat(states()).containsExactly("OPEN");
		timer();
		assertThat(states()).hasSize(9).endsWith("OPEN", "CLOSED", "FORCED_OPEN");
		assertThat(value(lines("breaker").get(1), "suppressed")).isEqualTo("32");
	}

	@Test
	void whatIsHeldBackIsSaidWhenTheApplicationEnds() {
		breaker().transitionToOpenState();
		breaker().transitionToDisabledState();
		assertThat(states()).containsExactly("OPEN");
		this.context.close();
		assertThat(states()).containsExactly("OPEN", "DISABLED");
	}

	@Test
	void anOutageThatBeganTooSoonIsSaidThoughNoFurtherCallFails() {
		ask(Reply.status(503));
		ask(Reply.text("back"));
		ask(Reply.status(500));
		assertThat(lines("outage-began")).hasSize(1);
		timer();
		assertThat(lines("outage-began")).hasSize(2);
		ILoggingEvent late = lines("outage-began").get(1);
		assertThat(value(late, "status")).isEqualTo("500");
		assertThat(late.getFormattedMessage()).contains("fails since " + value(late, "at"));
		ask(Reply.text("back"));
		assertThat(lines("outage-ended")).hasSize(2);
	}

	@Test
	void shortOutagesAndFallbacksThatWereLeftOutAreSaidThoughNoFurtherOneComes() {
		for (int i = 0; i < 4; i++) {
			ask(Reply.status(503));
			ask(Reply.text("back"));
		}
		assertThat(lines("fallback")).hasSize(1);
		timer();
		assertThat(lines("outages-short")).singleElement()
			.satisfies((line) -> assertThat(value(line, "suppressed")).isEqualTo("3"));
		assertThat(lines("fallback")).hasSize(2);
		assertThat(value(lines("fallback").get(1), "suppressed")).isEqualTo("2");
		timer();
		assertThat(lines("fallback")).hasSize(2);
		assertThat(lines("outages-short")).hasSize(1);
	}

	@Test
	void aCallThatNoTargetAnswersIsLoggedOnceInAWhile() {
		this.fallback.always(Reply.error(500, "down", "down", "words of the provider"));
		for (int i = 0; i < 3; i++) {
			assertThatThrownBy(() -> ask(Reply.status(503))).isInstanceOf(ChainExhaustedException.class);
		}
		assertThat(lines("call-failed")).hasSize(1);
		assertThat(lines("call-failed").get(0).getFormattedMessage())
			.contains("default", "a transient 503", "b transient 500")
			.doesNotContain("words", "private");
		timer();
		assertThat(lines("call-failed")).hasSize(2);
		assertThat(value(lines("call-failed").get(1), "suppressed")).isEqualTo("1");
	}

	@Test
	void linesOfProbesAreMarkedAndTakeNoneFromUsers() {
		this.primary.always(Reply.status(503));
		this.model.probe(new Prompt("hi"));
		assertThat(value(lines("outage-began").get(0), "synthetic")).isEqualTo("true");
		this.model.call(new Prompt("hi"));
		assertThat(lines("fallback")).extracting((line) -> value(line, "chain"))
			.containsExactly("default:probe", "default");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestApplication.Application.class)
	static class Clocked {

		private final ManualTime time = ManualTime.running();

		@Bean
		ChainRuntime runtime() {
			return new ChainRuntime(this.time, new Workers(), ContextCarrier.NONE);
		}

	}

}
