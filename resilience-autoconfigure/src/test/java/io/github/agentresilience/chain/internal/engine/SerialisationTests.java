package io.github.agentresilience.chain.internal.engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.AttemptTimeoutException;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.TurnSpending;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What a chain throws can be sent to another process, whatever the client of a target had
 * thrown.
 */
class SerialisationTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private final ActiveCall call = new ActiveCall(
			chain(policy(LONG), guard(TestTarget.answering("a", "fine"), NO_RETRY)), CallSpec.SCORED, null, 0, 0);

	private final Failure failure = Failure.ofTransient(503, "503", new Unserialisable());

	private final List<Throwable> thrown = List.of(catchThrowable(() -> chain(policy(LONG), (request, exhausted) -> {
		throw new Unserialisable();
	}, guard(TestTarget.calling("a", (attempt) -> {
		throw new Unserialisable();
	}), NO_RETRY), guard(TestTarget.broken("b"), NO_RETRY)).call("q", CallSpec.SCORED)),
			new StreamInterruptedException("a", this.failure, "so far"),
			new NotReplayedException(this.call, "a", this.failure),
			new CallCancelledException(AttemptFailureException.of(this.failure)),
			AttemptFailureException.of(this.failure), new AttemptTimeoutException("a", Duration.ofSeconds(1)),
			AttemptTimeoutException.lastAttempt("a"), new TargetFailureException(429, "429", Duration.ofSeconds(3)),
			new BudgetExhaustedException("default", BudgetExhaustedException.What.COST, "a cost of 1",
					TurnBudget.unlimited().cost("0.5"), new TurnSpending(7, new BigDecimal("0.25"), 1, 0),
					Map.of("a", new TurnSpending(7, new BigDecimal("0.25"), 1, 0)),
					AttemptFailureException.of(this.failure)));

	private static Throwable copy(Throwable original) throws IOException, ClassNotFoundException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
			out.writeObject(original);
		}
		try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
			return (Throwable) in.readObject();
		}
	}

	@Test
	void allThatIsThrownArrivesAsItWas() throws Exception {
		for (Throwable original : this.thrown) {
			Throwable copy = copy(original);
			assertThat(copy).hasSameClassAs(original).hasMessage(original.getMessage());
			assertThat(copy.getStackTrace()).isEqualTo(original.getStackTrace());
		}
	}

	@Test
	void whatTheyCarryArrivesToo() throws Exception {
		ChainExhaustedException exhausted = (ChainExhaustedException) copy(this.thrown.get(0));
		assertThat(exhausted.attempts()).isEqualTo(((ChainExhaustedException) this.thrown.get(0)).attempts())
			.hasSize(2);
		assertThat(exhausted.layer()).isEqualTo(Layer.LLM);
		assertThat(exhausted).cause().isInstanceOf(AttemptFailureException.class);
		StreamInterruptedException cut = (StreamInterruptedException) copy(this.thrown.get(1));
		assertThat(cut.kind()).isEqualTo(FailureKind.TRANSIENT);
		assertThat(cut.textSoFar()).isEqualTo("so far");
		NotReplayedException once = (NotReplayedException) copy(this.thrown.get(2));
		assertThat(once.status()).isEqualTo(503);
		assertThat(once).cause()
			.isInstanceOfSatisfying(AttemptFailureException.class,
					(standIn) -> assertThat(standIn.original()).isNull());
	}

	@Test
	void noExceptionOfTheRoomIsLeftOut() {
		Set<String> tested = new HashSet<>();
		this.thrown.forEach((each) -> tested.add(each.getClass().getName()));
		assertThat(new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
			.importPackages("io.github.agentresilience.chain")
			.stream()
			.filter((type) -> type.isAssignableTo(Throwable.class) && type.isTopLevelClass())
			.map(JavaClass::getName)).isSubsetOf(tested);
	}

	private static final class Unserialisable extends RuntimeException {

		@SuppressWarnings("unused")
		private final Object connection = new Object();

	}

}
