package io.github.agentresilience.llm.internal.failure;

import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Set;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.llm.FallbackOn;
import io.netty.handler.timeout.ReadTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the clients beneath other providers' models throw.
 */
class OtherClientsTests {

	private final FailureClassifier classifier = new ChatFailureClassifier(Clock.systemUTC(), Set.of());

	private final FailureClassifier onContentFilter = new ChatFailureClassifier(Clock.systemUTC(),
			Set.of(FallbackOn.CONTENT_FILTER));

	private FailureKind kind(Throwable thrown) {
		return this.classifier.classify(thrown).kind();
	}

	@Test
	void noAnswerInTimeIsSilenceAndNoConnectionIsNot() {
		assertThat(kind(new ResourceAccessException("I/O", new HttpTimeoutException("request timed out"))))
			.isEqualTo(FailureKind.SILENT);
		assertThat(kind(new ResourceAccessException("I/O", new HttpConnectTimeoutException("HTTP connect timed out"))))
			.isEqualTo(FailureKind.TRANSIENT);
		assertThat(kind(new IllegalStateException(ReadTimeoutException.INSTANCE))).isEqualTo(FailureKind.SILENT);
	}

	@ParameterizedTest
	@CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
			{"error":{"message":"no","code":"insufficient_quota"}} | TARGET | TARGET
			{"error":{"message":"no","type":"model_not_found"}} | TARGET | TARGET
			{"error":{"message":"no","code":"content_filter"}} | CALLER | TARGET
			{"error":{"message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}} | CALLER | TARGET
			{"type":"error","error":{"type":"invalid_request_error","message":"bad"}} | CALLER | CALLER
			{"error":"content_policy_violation"} | CALLER | TARGET
			""")
	void whateverTheClientTheCodeInTheBodyTellsWhatIsMeant(String body, FailureKind kind, FailureKind withFallback) {
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		for (Throwable thrown : new Throwable[] { new NonTransientAiException("HTTP 400 - " + body),
				new BodySdkException(400, "400: " + body),
				HttpClientErrorException.create(HttpStatus.BAD_REQUEST, "no", new HttpHeaders(), bytes,
						StandardCharsets.UTF_8),
				WebClientResponseException.create(400, "no", new HttpHeaders(), bytes, StandardCharsets.UTF_8) }) {
			assertThat(kind(thrown)).as(thrown.getClass().getSimpleName()).isEqualTo(kind);
			assertThat(this.onContentFilter.classify(thrown).kind()).isEqualTo(withFallback);
		}
	}

	@Test
	void anSdkThatPrintsNoJsonIsReadByItsWords() {
		Failure failure = this.classifier
			.classify(new BodySdkException(400, "400: {error={type=invalid_request_error, code=insufficient_quota}}"));
		assertThat(failure.kind()).isEqualTo(FailureKind.TARGET);
	}

	/** As some SDKs have it: the body in the message. */
	public static class BodySdkException extends RuntimeException {

		private final int status;

		BodySdkException(int status, String message) {
			super(message);
			this.status = status;
		}

		public int statusCode() {
			return this.status;
		}

	}

}
