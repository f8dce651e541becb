package io.github.agentresilience.actuate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

/**
 * The scorecard's page: one document that needs nothing from elsewhere. It holds the figures of the moment for its
 * first picture and asks its own address for those that follow, so it works wherever the endpoint does.
 *
 * <p>
 * Whatever comes from outside is text to the page: the figures are JSON in a script element of a type that no browser
 * runs, with {@code <} escaped, and the script puts them into text nodes only. Scripts and styles carry a nonce that is
 * new for each answer.
 *
 * <p>
 * A policy in a document cannot say who may frame it, and an endpoint cannot set headers on every kind of server. So
 * the script looks for itself: within a page of another origin it offers no buttons.
 */
final class ScorecardPage {

	private static final String PLOTTER = "META-INF/resources/webjars/uplot/1.6.30/dist/";

	private static final String TEMPLATE = own("scorecard.html")
		.replace("@STYLES@", read(PLOTTER + "uPlot.min.css") + own("scorecard.css"))
		.replace("@PLOTTER@", read(PLOTTER + "uPlot.iife.min.js"))
		.replace("@SCRIPT@", "(() => {\n'use strict';\n" + own("scorecard-history.js") + own("scorecard-charts.js")
				+ own("scorecard-controls.js") + own("scorecard.js") + "})();");

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final JsonMapper JSON = JsonMapper.shared();

	private ScorecardPage() {
	}

	static String render(PageControls controls, Map<String, Object> figures) {
		byte[] nonce = new byte[18];
		RANDOM.nextBytes(nonce);
		return TEMPLATE.replace("@NONCE@", Base64.getEncoder().encodeToString(nonce))
			.replace("@DATA@", json(Map.of("controls", controls, "card", figures)));
	}

	private static String json(Object data) {
		return JSON.writeValueAsString(data).replace("<", "\\u003c");
	}

	private static String own(String name) {
		return read(new ClassPathResource(name, ScorecardPage.class));
	}

	private static String read(String path) {
		return read(new ClassPathResource(path, ScorecardPage.class.getClassLoader()));
	}

	private static String read(ClassPathResource resource) {
		try (InputStream in = resource.getInputStream()) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
