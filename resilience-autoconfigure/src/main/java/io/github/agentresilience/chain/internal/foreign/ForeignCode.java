package io.github.agentresilience.chain.internal.foreign;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Code that is not the chain's: classifiers, inspectors, listeners, hooks. It may throw
 * anything at any time, and costs a call its own part at most, since a permit that is not
 * given back or a timer that has died costs all the calls to come.
 */
public final class ForeignCode {

	private static final Logger logger = Loggers.getLogger(ForeignCode.class);

	/**
	 * Lambdas have classes too, and an application that is restarted in place has new
	 * ones each time.
	 */
	private static final int MOST_REMEMBERED = 256;

	private static final Set<String> WARNED_OF = ConcurrentHashMap.newKeySet();

	private static final FailureClassifier MAY_PASS = (thrown) -> Failure.ofTransient(0,
			thrown.getClass().getSimpleName(), thrown);

	private ForeignCode() {
	}

	/**
	 * Says so, once for each class. Neither the message nor the trace is told to all:
	 * they may quote a prompt.
	 */
	public static void failed(Object code, Throwable thrown) {
		try {
			String name = code.getClass().getName();
			if (WARNED_OF.size() < MOST_REMEMBERED && WARNED_OF.add(name)) {
				logger.warn("{} threw {}, which is ignored from now on. Its trace is logged at DEBUG.", name,
						thrown.getClass().getName());
			}
			logger.debug("Ignored what foreign code threw", thrown);
		}
		catch (Throwable outOfMemory) {
			// Whoever calls has more important things to go on with
		}
	}

	/**
	 * A classifier that never throws and always has an answer. Where it has none, the
	 * failure is taken for one that may pass.
	 */
	public static FailureClassifier classifier(FailureClassifier classifier) {
		return (classifier instanceof SafeClassifier) ? classifier : new SafeClassifier(classifier, MAY_PASS);
	}

	/**
	 * The same, with another that is asked where the first throws or says nothing.
	 * @param standard the standard classifier of the layer
	 */
	public static FailureClassifier classifier(FailureClassifier classifier, FailureClassifier standard) {
		return (classifier == standard) ? classifier(standard) : new SafeClassifier(classifier, classifier(standard));
	}

	/**
	 * Whether it says so; where it throws, it does not.
	 * @param code whose word that is
	 */
	public static boolean isTrue(Object code, BooleanSupplier question) {
		try {
			return question.getAsBoolean();
		}
		catch (Throwable ex) {
			failed(code, ex);
			return false;
		}
	}

	private record SafeClassifier(FailureClassifier classifier,
			FailureClassifier otherwise) implements FailureClassifier {

		@Override
		public Failure classify(Throwable thrown) {
			try {
				Failure failure = this.classifier.classify(thrown);
				if (failure != null && failure.kind() != null && failure.cause() != null) {
					return failure;
				}
			}
			catch (Throwable ex) {
				failed(this.classifier, ex);
			}
			return this.otherwise.classify(thrown);
		}

	}

}
