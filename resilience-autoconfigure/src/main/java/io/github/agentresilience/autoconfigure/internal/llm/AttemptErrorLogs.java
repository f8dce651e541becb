package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggerConfiguration.ConfigurationScope;
import org.springframework.boot.logging.LoggerConfiguration.LevelConfiguration;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Turns off the loggers by which Spring AI's chat models print each failed attempt of a
 * stream as an error, with its stack trace and the provider's words, before anybody can
 * know that another target answers. What becomes of attempts and calls is in the event
 * log. A level that the application gave one of the loggers itself stays. Loggers are
 * shared by all applications of a process, so they stay off until the last one is closed.
 */
public final class AttemptErrorLogs implements InitializingBean, DisposableBean {

	/** By name, because an application may do without either. */
	static final List<String> LOGGERS = List.of("org.springframework.ai.chat.model.MessageAggregator",
			"org.springframework.ai.anthropic.AnthropicChatModel");

	/** By how many applications a logger is turned off. */
	private static final Map<String, Integer> TURNED_OFF = new HashMap<>();

	private final LoggingSystem logging;

	private final List<String> turnedOff = new ArrayList<>();

	public AttemptErrorLogs(LoggingSystem logging) {
		this.logging = logging;
	}

	@Override
	public void afterPropertiesSet() {
		for (String logger : LOGGERS) {
			try {
				turnOff(logger);
			}
			catch (RuntimeException ex) {
				// A logging system that has no levels to set, or is not the one that is
				// on the class path
			}
		}
	}

	private void turnOff(String logger) {
		synchronized (TURNED_OFF) {
			LevelConfiguration level = level(logger);
			boolean ofOthers = TURNED_OFF.containsKey(logger) && isOff(level);
			if (level == null || ofOthers) {
				this.logging.setLogLevel(logger, LogLevel.OFF);
				TURNED_OFF.merge(logger, 1, Integer::sum);
				this.turnedOff.add(logger);
			}
		}
	}

	private @Nullable LevelConfiguration level(String logger) {
		LoggerConfiguration known = this.logging.getLoggerConfiguration(logger);
		return (known != null) ? known.getLevelConfiguration(ConfigurationScope.DIRECT) : null;
	}

	private static boolean isOff(@Nullable LevelConfiguration level) {
		return level != null && !level.isCustom() && level.getLevel() == LogLevel.OFF;
	}

	@Override
	public void destroy() {
		synchronized (TURNED_OFF) {
			for (String logger : this.turnedOff) {
				if (TURNED_OFF.merge(logger, -1, Integer::sum) == 0) {
					TURNED_OFF.remove(logger);
					this.logging.setLogLevel(logger, null);
				}
			}
			this.turnedOff.clear();
		}
	}

}
