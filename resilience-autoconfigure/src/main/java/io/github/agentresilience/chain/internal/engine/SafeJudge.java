package io.github.agentresilience.chain.internal.engine;

import java.util.List;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;

/**
 * A judge that never throws: an answer that cannot be judged is accepted.
 */
record SafeJudge<Q, A>(AnswerJudge<Q, A> judge) implements AnswerJudge<Q, A> {

	static <Q, A> @Nullable AnswerJudge<Q, A> of(@Nullable AnswerJudge<Q, A> judge) {
		return (judge != null) ? new SafeJudge<>(judge) : null;
	}

	@Override
	public @Nullable Failure judge(Q request, int position, A answer) {
		try {
			return this.judge.judge(request, position, answer);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.judge, ex);
			return null;
		}
	}

	@Override
	public @Nullable Failure judgeWhole(Q request, int position, List<A> chunks) {
		try {
			return this.judge.judgeWhole(request, position, chunks);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.judge, ex);
			return null;
		}
	}

	@Override
	public boolean needsWholeStream(Q request) {
		return ForeignCode.isTrue(this.judge, () -> this.judge.needsWholeStream(request));
	}

	@Override
	public int badness(Failure why) {
		try {
			return this.judge.badness(why);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.judge, ex);
			return Integer.MAX_VALUE;
		}
	}

	@Override
	public A markUnaccepted(A answer) {
		try {
			return this.judge.markUnaccepted(answer);
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.judge, ex);
			return answer;
		}
	}

}
