package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;

/**
 * An inspector that never throws: an answer that cannot be looked into is taken as it is.
 */
record SafeInspector<A>(AnswerInspector<A> inspector) implements AnswerInspector<A> {

	static <A> AnswerInspector<A> of(AnswerInspector<A> inspector) {
		return (inspector instanceof SafeInspector) ? inspector : new SafeInspector<>(inspector);
	}

	@Override
	public @Nullable Failure judge(A answer) {
		try {
			return this.inspector.judge(answer);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.inspector, ex);
			return null;
		}
	}

	@Override
	public boolean isOutput(A chunk) {
		try {
			return this.inspector.isOutput(chunk);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.inspector, ex);
			return true;
		}
	}

	@Override
	public boolean isReplaceable(A chunk) {
		try {
			return this.inspector.isReplaceable(chunk);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.inspector, ex);
			return true;
		}
	}

	@Override
	public A restarting(A chunk) {
		try {
			return this.inspector.restarting(chunk);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.inspector, ex);
			return chunk;
		}
	}

	@Override
	public String textOf(A chunk) {
		try {
			return this.inspector.textOf(chunk);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.inspector, ex);
			return "";
		}
	}

}
