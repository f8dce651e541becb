package io.github.agentresilience.autoconfigure.internal.experiment;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.internal.experiment.Experiments;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;

/**
 * Takes all faults away when Spring Cloud reloads the configuration, as
 * {@code POST /actuator/refresh} does: whoever reloads does not expect faults of before.
 */
public final class FaultsEndOnReload implements ApplicationListener<ApplicationEvent> {

	/** By its name, because an application may do without Spring Cloud's contexts. */
	private static final String RELOADED = "org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent";

	private final Experiments experiments;

	private final Chaos chaos;

	public FaultsEndOnReload(Experiments experiments, Chaos chaos) {
		this.experiments = experiments;
		this.chaos = chaos;
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event.getClass().getName().equals(RELOADED)) {
			this.experiments.stop();
			this.chaos.clear();
		}
	}

}
