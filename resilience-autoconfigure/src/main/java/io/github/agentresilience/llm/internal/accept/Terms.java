package io.github.agentresilience.llm.internal.accept;

import java.util.List;
import java.util.Set;

import io.github.agentresilience.llm.Accept;
import io.github.agentresilience.llm.AnswerAcceptor;
import io.github.agentresilience.llm.CallParams;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.converter.StructuredOutputConverter;

/**
 * What one call says about the answers that it accepts.
 *
 * @param accept in the place of the chain's own, {@code null} for those
 * @param acceptors asked besides those of the chain
 * @param entity what the answer must convert to, {@code null} for nothing
 * @param schema that of the JSON which the call will read its answer from, {@code null}
 * where it will read none
 */
public record Terms(@Nullable Set<Accept> accept, List<AnswerAcceptor> acceptors,
		@Nullable StructuredOutputConverter<?> entity, @Nullable String schema) {

	/** A call that leaves it to its chain. */
	public static final Terms NONE = new Terms(null, List.of(), null, null);

	/**
	 * The terms of a call.
	 * @param format what a client tells the model about the form of the answer,
	 * {@code null} where it does not
	 */
	public static Terms of(CallParams params, @Nullable String format) {
		String schema = (format != null) ? JsonText.schemaIn(format) : null;
		if (params.accept() == null && params.acceptors().isEmpty() && params.entity() == null && schema == null) {
			return NONE;
		}
		return new Terms(params.accept(), params.acceptors(), params.entity(), schema);
	}

	/** The same, with what more the parameters of the call say. */
	public Terms with(CallParams params) {
		Terms all = of(params, null);
		return (all == NONE) ? this : new Terms(all.accept, all.acceptors, all.entity, this.schema);
	}

	/** Whether the call itself wants its answer judged, which takes a whole one. */
	public boolean needWholeAnswer() {
		return (this.accept != null && !this.accept.isEmpty()) || !this.acceptors.isEmpty() || this.entity != null;
	}

}
