package io.github.agentresilience.sample.console;

import java.io.Console;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TerminalTests {

	@Test
	void withoutAConsoleThereIsNoTerminal() {
		assertThat(Terminal.isTerminal(Console.class, null)).isFalse();
	}

	@Test
	void aConsoleThatSaysWhatItIsIsBelieved() {
		assertThat(Terminal.isTerminal(ConsoleSince22.class, new ConsoleSince22(true))).isTrue();
		assertThat(Terminal.isTerminal(ConsoleSince22.class, new ConsoleSince22(false))).isFalse();
	}

	@Test
	void aConsoleThatDoesNotSayWhatItIsIsATerminal() {
		assertThat(Terminal.isTerminal(ConsoleBefore22.class, new ConsoleBefore22())).isTrue();
	}

	/** The build reads what tests print from a pipe, on each JDK. */
	@Test
	void aBuildIsNoTerminal() {
		assertThat(Terminal.isInteractive()).isFalse();
	}

	public static final class ConsoleBefore22 {

	}

	public record ConsoleSince22(boolean isTerminal) {
	}

}
