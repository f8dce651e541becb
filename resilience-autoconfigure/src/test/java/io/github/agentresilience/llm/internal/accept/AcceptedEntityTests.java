package io.github.agentresilience.llm.internal.accept;

import java.util.Map;

import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.Reply;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.converter.BeanOutputConverter;
import org.springframework.ai.converter.StructuredOutputConverter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An answer is accepted where what it is to become can be made of it.
 */
class AcceptedEntityTests extends AcceptFixture {

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anAnswerMustConvert(boolean stream) {
		model();
		this.primary.then(Reply.text("{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":\\\"unknown\\\"}"));
		this.fallback.then(Reply.text(GOOD_PERSON));
		assertThat(ask(stream, Map.of(CallParams.ENTITY, Person.class))).contains("36");
	}

	@Test
	void theEntityOfAClientMustBeJson() {
		model();
		this.primary.then(Reply.text("I would say 36"));
		this.fallback.then(Reply.text(GOOD_PERSON));
		assertThat(client().prompt("hi").call().entity(Person.class)).isEqualTo(new Person("Ada", 36));
		assertThat(this.primary.requestCount()).isEqualTo(1);
	}

	@Test
	void whatAConverterMakesGoodIsAccepted() {
		model();
		this.primary.then(Reply.text("{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":\\\"36\\\",\\\"more\\\":1}"));
		assertThat(client().prompt("hi").call().entity(Person.class)).isEqualTo(new Person("Ada", 36));
		assertThat(this.fallback.requestCount()).isZero();
	}

	/** What a client's converter makes of an answer is not known to the chain. */
	@Test
	void aConverterOfTheApplicationDoesNotCostATargetItsHealth() {
		model();
		StructuredOutputConverter<Person> converter = new FindsJson();
		this.primary.always(Reply.text("Here it is: " + GOOD_PERSON));
		this.fallback.always(Reply.text(GOOD_PERSON));
		for (int i = 0; i < 6; i++) {
			assertThat(client().prompt("hi").call().entity(converter)).isEqualTo(new Person("Ada", 36));
		}
		assertThat(breaker("a").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isZero();
		assertThat(this.fallback.requestCount()).isEqualTo(6);
	}

	@Test
	void unlessTheCallNamesIt() {
		model();
		StructuredOutputConverter<Person> converter = new FindsJson();
		this.primary.then(Reply.text("Here it is: " + GOOD_PERSON));
		assertThat(client().prompt("hi")
			.advisors((advisors) -> advisors.param(CallParams.ENTITY, converter))
			.call()
			.entity(converter)).isEqualTo(new Person("Ada", 36));
		assertThat(this.fallback.requestCount()).isZero();
	}

	/**
	 * The breaker hears of what does not convert by the converter that the call names.
	 */
	@Test
	void whatDoesNotConvertCostsATargetItsHealth() {
		model();
		this.primary.then(Reply.text("I would say 36"));
		this.fallback.then(Reply.text(GOOD_PERSON));
		ask(false, Map.of(CallParams.ENTITY, Person.class));
		assertThat(breaker("a").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void unlessTheSchemaIsToHold() {
		model(SCHEMA);
		this.primary.then(Reply.text("{\\\"name\\\":\\\"Ada\\\",\\\"age\\\":\\\"36\\\"}"));
		this.fallback.then(Reply.text(GOOD_PERSON));
		assertThat(client().prompt("hi").call().entity(Person.class)).isEqualTo(new Person("Ada", 36));
		assertThat(this.fallback.requestCount()).isEqualTo(1);
	}

	static class FindsJson extends BeanOutputConverter<Person> {

		FindsJson() {
			super(Person.class);
		}

		@Override
		public Person convert(String text) {
			return super.convert(text.substring(text.indexOf('{')));
		}

	}

}
