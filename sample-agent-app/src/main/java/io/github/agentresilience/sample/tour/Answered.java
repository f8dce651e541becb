package io.github.agentresilience.sample.tour;

/**
 * What became of a question.
 *
 * @param right whether the answer is whole and the right one
 * @param target who gave it, empty where nobody did
 * @param millis how long it took
 * @param restarted whether it is a stream that broke and was begun anew
 */
record Answered(Question question, boolean right, String target, long millis, boolean restarted) {
}
