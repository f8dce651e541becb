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
 */
final class ScorecardPage {

	private static final String PLOTTER = "META-INF/resources/webjars/uplot/1.6.30/dist/";

	private static final String TEMPLATE = own("scorecard.html")
		.replace("@STYLES@", read(PLOTTER + "uPlot.min.css") + own("scorecard.css"))
		.replace("@PLOTTER@", read(PLOTTER + "uPlot.iife.min.js"))
		.replace("@SCRIPT@", own("scorecard.js"));

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final JsonMapper JSON = JsonMapper.shared();

	private ScorecardPage() {
	}

	static String render(PageControls controls, Map<String, Object> figures) {
		byte[] nonce = new byte[18];
		RANDOM.nextBytes(nonce);
		return TEMPLATE.replace("@NONCE@", Base64.getEncoder().encodeToString(nonce))
			.replace("@CONTROLS@", JSON.writeValueAsString(controls))
			.replace("@DATA@", JSON.writeValueAsString(figures).replace("<", "\\u003c"));
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
