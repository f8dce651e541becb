package io.github.agentresilience.mcp;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class McpFailureClassifierTests {

	private final McpFailureClassifier classifier = new McpFailureClassifier();

	/** The words of SDK 2.0; the client has no type for them. */
	@ParameterizedTest
	@ValueSource(strings = { "Server does not provide tools capability",
			"Server does not provide the resources capability", "Server's Logging capabilities are not enabled!" })
	void whatAServerDoesNotOfferIsTheTargetsAndDoesNotCount(String words) {
		Failure failure = this.classifier.classify(new RuntimeException(new IllegalStateException(words)));
		assertThat(failure.kind()).isEqualTo(FailureKind.TARGET);
		assertThat(failure.countsForBreaker()).isFalse();
	}

	@Test
	void anyOtherStateIsTakenForTransient() {
		Failure failure = this.classifier.classify(new IllegalStateException("Server went away"));
		assertThat(failure.kind()).isEqualTo(FailureKind.TRANSIENT);
		assertThat(failure.countsForBreaker()).isTrue();
	}

}
