package io.github.agentresilience.support;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * What is logged anywhere, from now on, at WARN and above.
 */
public final class Logged extends AppenderBase<ILoggingEvent> implements AutoCloseable {

	private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

	private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

	public Logged() {
		start();
		this.root.addAppender(this);
	}

	@Override
	protected void append(ILoggingEvent event) {
		if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
			this.events.add(event);
		}
	}

	/** The errors. */
	public List<String> errors() {
		return this.events.stream().filter((event) -> event.getLevel() == Level.ERROR).map(Object::toString).toList();
	}

	/** Whatever was logged with a stack trace. */
	public List<String> stackTraces() {
		return this.events.stream().filter((event) -> event.getThrowableProxy() != null).map(Object::toString).toList();
	}

	/** What the loggers whose name begins like this logged. */
	public List<String> of(String logger) {
		return this.events.stream()
			.filter((event) -> event.getLoggerName().startsWith(logger))
			.map(Object::toString)
			.toList();
	}

	@Override
	public void close() {
		this.root.detachAppender(this);
	}

}
