package io.github.agentresilience.actuate.internal;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What a native image has to hold of the scorecard's page: the files it is put together
 * from, and what it says as JSON.
 */
public final class ScorecardPageHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.resources()
			.registerPattern("io/github/agentresilience/actuate/internal/scorecard*")
			.registerPattern("META-INF/resources/webjars/uplot/*/dist/uPlot.min.css")
			.registerPattern("META-INF/resources/webjars/uplot/*/dist/uPlot.iife.min.js")
			.registerPattern("META-INF/maven/org.webjars.npm/uplot/pom.properties");
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(), ScorecardPage.PageData.class);
		CsrfMeta.TYPES.forEach((type) -> hints.reflection().registerTypeIfPresent(classLoader, type));
	}

}
