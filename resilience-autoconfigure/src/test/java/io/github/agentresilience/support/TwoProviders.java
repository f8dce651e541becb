package io.github.agentresilience.support;

import org.junit.jupiter.api.AfterEach;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Tests of an application with two scripted providers, both of which it leaves behind.
 */
public abstract class TwoProviders {

	protected final ScriptedProvider primary = new ScriptedProvider();

	protected final ScriptedProvider fallback = new ScriptedProvider();

	protected ConfigurableApplicationContext context;

	@AfterEach
	protected final void closeAll() {
		if (this.context != null) {
			this.context.close();
		}
		this.primary.close();
		this.fallback.close();
	}

}
