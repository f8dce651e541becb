package io.github.agentresilience.sample.tour;

import java.io.ByteArrayOutputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(30)
class PauseTests {

	private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

	private final PrintStream out = new PrintStream(this.printed, true, StandardCharsets.UTF_8);

	@Test
	void onATerminalTheNextStepWaitsForEnter() throws Exception {
		try (PipedWriter keyboard = new PipedWriter(); PipedReader in = new PipedReader(keyboard)) {
			Pause pause = Pause.forEnter(this.out, in);
			CompletableFuture<Void> next = CompletableFuture.runAsync(() -> pause.before("for \"A brownout\""));
			Awaitility.await()
				.atMost(Duration.ofSeconds(10))
				.until(() -> this.printed.toString(StandardCharsets.UTF_8)
					.contains("Press Enter for \"A brownout\". "));
			keyboard.write("no");
			keyboard.flush();
			assertThat(next).isNotDone();
			keyboard.write("\n");
			keyboard.flush();
			next.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void whereNobodyCanPressAKeyTheTourGoesOn() {
		Pause.forEnter(this.out, Reader.nullReader()).before("for \"A brownout\"");
		Pause.none().before("for \"A brownout\"");
		assertThat(this.printed.toString(StandardCharsets.UTF_8)).containsOnlyOnce("Press Enter");
	}

}
