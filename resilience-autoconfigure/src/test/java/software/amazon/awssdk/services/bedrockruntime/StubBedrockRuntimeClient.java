package software.amazon.awssdk.services.bedrockruntime;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * As AWS's clients tell how often they try, without the SDK; or as one that does not.
 */
public record StubBedrockRuntimeClient(@Nullable Integer attempts) {

	public @Nullable Configuration serviceClientConfiguration() {
		return (this.attempts != null) ? new Configuration(this.attempts) : null;
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
