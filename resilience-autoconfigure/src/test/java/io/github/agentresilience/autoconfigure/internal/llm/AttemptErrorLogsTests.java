package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.logging.LogFile;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingInitializationContext;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.logging.java.JavaLoggingSystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

/**
 * What the loggers of Spring AI's failed attempts become in logging systems other than
 * Logback, which the tests of whole applications have.
 */
class AttemptErrorLogsTests {

	private final Logger aggregator = Logger.getLogger(AttemptErrorLogs.LOGGERS.get(0));

	/** Logback tells it levels too. */
	@BeforeEach
	@AfterEach
	void reset() {
		this.aggregator.setLevel(null);
	}

	@Test
	void javaUtilLogging() {
		AttemptErrorLogs logs = new AttemptErrorLogs(new JavaLoggingSystem(getClass().getClassLoader()));
		logs.afterPropertiesSet();
		assertThat(this.aggregator.getLevel()).isEqualTo(Level.OFF);
		logs.destroy();
		assertThat(this.aggregator.getLevel()).isNull();
	}

	@Test
	void theyStayOffUntilTheLastApplicationOfAProcessIsClosed() {
		AttemptErrorLogs first = new AttemptErrorLogs(new JavaLoggingSystem(getClass().getClassLoader()));
		AttemptErrorLogs second = new AttemptErrorLogs(new JavaLoggingSystem(getClass().getClassLoader()));
		first.afterPropertiesSet();
		second.afterPropertiesSet();
		first.destroy();
		assertThat(this.aggregator.getLevel()).isEqualTo(Level.OFF);
		first.destroy();
		assertThat(this.aggregator.getLevel()).isEqualTo(Level.OFF);
		second.destroy();
		assertThat(this.aggregator.getLevel()).isNull();
	}

	@Test
	void aLevelOfTheApplicationStays() {
		this.aggregator.setLevel(Level.WARNING);
		AttemptErrorLogs logs = new AttemptErrorLogs(new JavaLoggingSystem(getClass().getClassLoader()));
		logs.afterPropertiesSet();
		logs.destroy();
		assertThat(this.aggregator.getLevel()).isEqualTo(Level.WARNING);
	}

	@Test
	void aLoggingSystemWithoutLevelsDoesNotStopStartUp() {
		LoggingSystem none = new LoggingSystem() {

			@Override
			public void beforeInitialize() {
			}

			@Override
			public void initialize(LoggingInitializationContext context, String location, LogFile file) {
			}

			@Override
			public void setLogLevel(String logger, LogLevel level) {
				throw new UnsupportedOperationException("No levels");
			}

		};
		AttemptErrorLogs logs = new AttemptErrorLogs(none);
		assertThatCode(logs::afterPropertiesSet).doesNotThrowAnyException();
		assertThatCode(logs::destroy).doesNotThrowAnyException();
	}

}
