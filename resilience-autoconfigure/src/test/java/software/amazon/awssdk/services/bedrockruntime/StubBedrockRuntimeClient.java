package software.amazon.awssdk.services.bedrockruntime;

import java.util.Optional;

/**
 * As AWS's clients tell how often they try, without the SDK.
 */
public record StubBedrockRuntimeClient(int attempts) {

	public Configuration serviceClientConfiguration() {
		return new Configuration(this.attempts);
	}

	public record Configuration(int attempts) {

		public Configuration overrideConfiguration() {
			return this;
		}

		public Optional<Strategy> retryStrategy() {
			return Optional.of(new Strategy(this.attempts));
		}

	}

	public record Strategy(int maxAttempts) {
	}

}
