package io.github.agentresilience.autoconfigure.internal.retries;

import java.util.stream.Stream;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;

/**
 * Gives a chat model that is a target a template which does not retry, in the place of
 * the one that all models of the application share.
 */
public final class NoRetryTemplate implements ObjectProvider<RetryTemplate> {

	static RetryTemplate template() {
		return new RetryTemplate(RetryPolicy.withMaxRetries(0));
	}

	@Override
	public Stream<RetryTemplate> stream() {
		return Stream.of(template());
	}

}
