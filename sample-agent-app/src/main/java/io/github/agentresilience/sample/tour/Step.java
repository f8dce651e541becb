package io.github.agentresilience.sample.tour;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;

/**
 * One step of the tour.
 *
 * @param title for people
 * @param before what is done, for people
 * @param lookAt what to look at meanwhile
 * @param layer whose figures tell it
 * @param goesOn whether breakers are as the last step left them
 * @param faults bodies for the chaos endpoint; no other fault is active
 * @param asked in turn, while the step lasts
 * @param claims all that it has to show
 */
record Step(String title, String before, String lookAt, Layer layer, boolean goesOn, List<Map<String, Object>> faults,
		List<Question> asked, List<Claim> claims) {
}
