package io.github.agentresilience.actuate.internal.answer;

/**
 * The history beside the scorecard, in one of its two forms.
 */
public sealed interface HistoryBody permits HistoryAnswer, PackedHistoryAnswer {

}
