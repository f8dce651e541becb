package io.github.agentresilience.support;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Looks at once for what a test waits for, then less and less often, where Awaitility
 * would wait a tenth of a second first. It waits for longer, too: a machine that is busy
 * with other things proves nothing. JUnit finds it by itself, for all tests.
 */
public class EarlyPolls implements BeforeAllCallback {

	private static final Duration SHORTEST = Duration.ofMillis(2);

	private static final Duration LONGEST = Duration.ofMillis(100);

	private static final Duration MOST = Duration.ofSeconds(30);

	@Override
	public void beforeAll(ExtensionContext context) {
		Awaitility.setDefaultTimeout(MOST);
		Awaitility.setDefaultPollDelay(Duration.ZERO);
		Awaitility.setDefaultPollInterval((polls, last) -> {
			Duration next = last.multipliedBy(3).dividedBy(2);
			return (next.compareTo(SHORTEST) < 0) ? SHORTEST : (next.compareTo(LONGEST) > 0) ? LONGEST : next;
		});
	}

}
