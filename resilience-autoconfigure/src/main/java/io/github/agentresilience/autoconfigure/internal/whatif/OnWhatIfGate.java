package io.github.agentresilience.autoconfigure.internal.whatif;

import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;

/**
 * The application is started to judge a candidate policy.
 */
public final class OnWhatIfGate extends AnyNestedCondition {

	OnWhatIfGate() {
		super(ConfigurationPhase.REGISTER_BEAN);
	}

	@ConditionalOnProperty(WhatIfGate.SHORT)
	static class Short {

	}

	@ConditionalOnProperty(WhatIfGate.CANDIDATE)
	static class Full {

	}

}
