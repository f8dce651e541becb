package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.support.Logged;
import io.github.agentresilience.support.ManualTime;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections are brought back whatever a client that the application has made may throw.
 */
@Timeout(60)
class ReconnectorTests {

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final ManualTime time = ManualTime.standing();

	private final ChainRuntime runtime = new ChainRuntime(this.time, new Workers(), ContextCarrier.NONE);

	private final Reconnector reconnector = new Reconnector(this.runtime);

	@AfterEach
	void close() {
		this.reconnector.close();
		this.runtime.close();
		this.threads.shutdownNow();
	}

	private void keepAlive(Client client, Executor executor) {
		this.reconnector.keepAlive(new McpConnection("first", client, null, executor, (changed) -> {
		}));
		untilInitialized(client);
	}

	/** The next check is due within the longest wait. */
	private void untilInitialized(Client client) {
		Awaitility.await().atMost(30, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(5)).until(() -> {
			this.time.advance(Duration.ofSeconds(1));
			return client.initialized.get();
		});
	}

	@Test
	void aClientThatCannotSayWhetherItIsInitialisedIsAskedAgain() {
		Client client = new Client();
		client.statesThatFail.set(2);
		keepAlive(client, this.threads);
		assertThat(client.statesThatFail.get()).isNegative();
	}

	@Test
	void aClientThatThrowsAnErrorWhenItIsInitialisedIsInitialisedAgain() {
		Client client = new Client();
		client.initialisationsThatFail.set(1);
		keepAlive(client, this.threads);
		assertThat(client.initialisationsThatFail.get()).isNegative();
	}

	@Test
	void aConnectionWhoseInitialisationFindsNoThreadIsInitialisedLater() {
		AtomicBoolean full = new AtomicBoolean(true);
		keepAlive(new Client(), (task) -> {
			if (full.getAndSet(false)) {
				throw new RejectedExecutionException("no thread");
			}
			this.threads.execute(task);
		});
		assertThat(full).isFalse();
	}

	@Test
	void aConnectionThatIsLostAgainLaterIsStillLookedAfter() {
		Client client = new Client();
		keepAlive(client, this.threads);
		client.statesThatFail.set(1);
		client.initialized.set(false);
		untilInitialized(client);
	}

	/** An initialisation that is under way is interrupted then. */
	@Test
	void aConnectionThatFailsWhileTheApplicationShutsDownIsNotToldOf() {
		Client client = new Client();
		client.initialisationsThatFail.set(1);
		List<Runnable> tasks = new ArrayList<>();
		try (Logged logged = new Logged()) {
			this.reconnector.keepAlive(new McpConnection("first", client, null, tasks::add, (changed) -> {
			}));
			this.reconnector.close();
			tasks.forEach(Runnable::run);
			assertThat(client.initialisationsThatFail.get()).isZero();
			assertThat(logged.of(Reconnector.class.getName())).isEmpty();
		}
	}

	/** A client of the application's own that fails as often as it is told to. */
	private static final class Client implements McpClientHandle {

		private final AtomicInteger statesThatFail = new AtomicInteger();

		private final AtomicInteger initialisationsThatFail = new AtomicInteger();

		private final AtomicBoolean initialized = new AtomicBoolean();

		@Override
		public Object client() {
			return this;
		}

		@Override
		public McpSchema.Implementation info() {
			return McpSchema.Implementation.builder("client", "1").build();
		}

		@Override
		public McpSchema.ClientCapabilities clientCapabilities() {
			return McpSchema.ClientCapabilities.builder().build();
		}

		@Override
		public boolean isInitialized() {
			if (this.statesThatFail.getAndDecrement() > 0) {
				throw new IllegalStateException("the client fails");
			}
			return this.initialized.get();
		}

		@Override
		public void initialize() {
			if (this.initialisationsThatFail.getAndDecrement() > 0) {
				throw new NoClassDefFoundError("a class of the application's");
			}
			this.initialized.set(true);
		}

		@Override
		public void ping() {
		}

		@Override
		public void close() {
			// Nothing is open
		}

		@Override
		public McpSchema.InitializeResult initialization() {
			return null;
		}

		@Override
		public ListToolsResult listTools(String cursor) {
			return ListToolsResult.builder(List.of()).build();
		}

		@Override
		public McpSchema.ServerCapabilities capabilities() {
			return null;
		}

	}

}
