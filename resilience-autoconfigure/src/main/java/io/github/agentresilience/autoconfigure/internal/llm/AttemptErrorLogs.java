package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.ArrayList;
import java.util.List;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Turns off the loggers by which Spring AI's chat models print each failed attempt of a
 * stream as an error, with its stack trace and the provider's words, before anybody can
 * know that another target answers. What becomes of attempts and calls is in the event
 * log. A level that the application gave one of the loggers itself stays.
 */
public final class AttemptErrorLogs implements InitializingBean, DisposableBean {

	/** By name, because an application may do without either. */
	static final List<String> LOGGERS = List.of("org.springframework.ai.chat.model.MessageAggregator",
			"org.springframework.ai.anthropic.AnthropicChatModel");

	private final LoggingSystem logging;

	private final List<String> turnedOff = new ArrayList<>();

	public AttemptErrorLogs(LoggingSystem logging) {
		this.logging = logging;
	}

	@Override
	public void afterPropertiesSet() {
		for (String logger : LOGGERS) {
			try {
				if (!hasLevel(logger)) {
					this.logging.setLogLevel(logger, LogLevel.OFF);
					this.turnedOff.add(logger);
				}
			}
			catch (RuntimeException ex) {
				// A logging system that has no levels to set, or is not the one that is
				// on the class path
			}
		}
	}

	private boolean hasLevel(String logger) {
		LoggerConfiguration known = this.logging.getLoggerConfiguration(logger);
		return known != null && known.getLevelConfiguration(LoggerConfiguration.ConfigurationScope.DIRECT) != null;
	}

	@Override
	public void destroy() {
		this.turnedOff.forEach((logger) -> this.logging.setLogLevel(logger, null));
		this.turnedOff.clear();
	}

}
