package io.github.agentresilience.actuate.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;

/**
 * The scorecard's page: one document that needs nothing from elsewhere. It holds the
 * figures of the moment for its first picture and asks its own address for those that
 * follow, so it works wherever the endpoint does.
 *
 * <p>
 * Whatever comes from outside is text to the page: the figures are JSON in a script
 * element of a type that no browser runs, with {@code <} escaped, and the script puts
 * them into text nodes only. Scripts and styles carry a nonce that is new for each
 * answer.
 *
 * <p>
 * A policy in a document cannot say who may frame it, and an endpoint cannot set headers
 * on every kind of server. So the script looks for itself: within a page of another
 * origin it offers no buttons.
 */
final class ScorecardPage {

	private static final String PLOTTER = "META-INF/resources/webjars/uplot/" + versionOfPlotter() + "/dist/";

	private static final String TEMPLATE = own("scorecard.html")
		.replace("@STYLES@", read(PLOTTER + "uPlot.min.css") + own("scorecard.css"))
		.replace("@ADVICE@", own("scorecard-advice.json").replace("<", "\\u003c"))
		.replace("@PROGRAM@", compressed(program()))
		.replace("@START@", own("scorecard-start.js"));

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final JsonMapper JSON = JsonMapper.shared();

	private ScorecardPage() {
	}

	static String render(PageControls controls, ScorecardAnswer card, boolean fleet) {
		byte[] nonce = new byte[18];
		RANDOM.nextBytes(nonce);
		return TEMPLATE.replace("@NONCE@", Base64.getEncoder().encodeToString(nonce))
			.replace("@CSRF@", CsrfMeta.elements())
			.replace("@DATA@", json(new PageData(controls, card, fleet)));
	}

	private static String json(PageData data) {
		return JSON.writeValueAsString(data).replace("<", "\\u003c");
	}

	/** As the WebJar itself says it, so that the build alone chooses it. */
	private static String versionOfPlotter() {
		try {
			return PropertiesLoaderUtils
				.loadProperties(new ClassPathResource("META-INF/maven/org.webjars.npm/uplot/pom.properties",
						ScorecardPage.class.getClassLoader()))
				.getProperty("version");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** What the page begins with. */
	record PageData(PageControls controls, ScorecardAnswer card, boolean fleet) {

	}

	/** The plotter and the page's own scripts, named for a browser's debugger. */
	private static String program() {
		return Stream.of("elements", "history", "charts", "spend", "controls", "glance", "fleet", "main")
			.map((part) -> own("scorecard-" + part + ".js"))
			.collect(Collectors.joining("", read(PLOTTER + "uPlot.iife.min.js") + "\n(() => {\n'use strict';\n",
					"})();\n//# sourceURL=scorecard.js\n"));
	}

	private static String compressed(String script) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
			out.write(script.getBytes(StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return Base64.getEncoder().encodeToString(bytes.toByteArray());
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
