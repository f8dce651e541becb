package io.github.agentresilience.actuate.internal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import com.sun.net.httpserver.HttpServer;
import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.TestApplication;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.web.filter.OncePerRequestFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What the page offers to whom.
 */
class ScorecardControlsTests extends ScorecardFixture {

	private String html(String path) throws Exception {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(address(path))).build(), HttpResponse.BodyHandlers.ofString())
			.body();
	}

	private Browser look(String path) throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		Browser browser = new Browser();
		browser.open(address(path));
		return browser;
	}

	@Test
	void withoutChaosThePageOffersNone() throws Exception {
		start(TestApplication.Application.class, "resilience.chaos.enabled=false",
				"management.endpoints.web.exposure.include=scorecard");
		assertThat(html("/actuator/scorecard?format=html"))
			.contains("{\"path\":\"scorecard\",\"chaos\":null,\"experiments\":null}");
	}

	@Test
	void whatIsExposedElsewhereIsNotOffered() throws Exception {
		start(TestApplication.Application.class, "management.endpoints.web.exposure.include=scorecard",
				"management.endpoints.jmx.exposure.include=*", "spring.jmx.enabled=true");
		assertThat(this.context.getBeanNamesForType(ChaosEndpoint.class)).as("there is one").hasSize(1);
		assertThat(html("/actuator/scorecard?format=html"))
			.contains("{\"path\":\"scorecard\",\"chaos\":null,\"experiments\":null}");
	}

	@Test
	void whoMayOnlyReadIsOfferedNoButton() throws Exception {
		start(TestApplication.Application.class, "management.endpoints.access.max-permitted=read-only");
		try (Browser browser = look("/actuator/scorecard")) {
			await(browser, "document.getElementById('faulty').textContent === 'No fault is active'");
			assertThat(browser.evaluate("document.querySelectorAll('button:not(.help)').length")).isEqualTo("0");
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void endpointsAreFoundWhereTheyAreMappedTo() throws Exception {
		start(TestApplication.Application.class, "management.endpoints.web.path-mapping.scorecard=agent/card",
				"management.endpoints.web.path-mapping.chaos=agent/break");
		try (Browser browser = look("/actuator/agent/card")) {
			await(browser, "document.getElementById('faulty').textContent === 'No fault is active'");
			browser.evaluate("document.querySelector('[data-fault=\"llm:a:burst\"]').click()");
			await(browser, "document.querySelectorAll('#active li').length === 1");
			assertThat(browser.complaints()).isEmpty();
			assertThat(browser.requests()).anyMatch((url) -> url.contains("/actuator/agent/card?format=json&since="));
		}
	}

	@Test
	void whereFaultsAreRefusedTheFiguresStand() throws Exception {
		start(ChaosForbidden.class);
		try (Browser browser = look("/actuator/scorecard")) {
			await(browser, "document.getElementById('faulty').textContent === 'Active faults cannot be read: 403'");
			await(browser, "document.getElementById('trouble').textContent === 'There are none'");
			assertThat(browser.evaluate("document.getElementById('verdict').textContent")).isEqualTo("No calls yet");
			browser.evaluate("document.querySelector('[data-fault=\"llm:a:burst\"]').click()");
			await(browser, "document.getElementById('said').textContent === 'Refused: 403'");
		}
	}

	@Test
	void aPageOfAnotherOriginGetsNoButtonsToLayItselfOver() throws Exception {
		start(TestApplication.Application.class);
		HttpServer other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
		byte[] page = ("<iframe src='" + address("/actuator/scorecard?format=html") + "'></iframe>")
			.getBytes(StandardCharsets.UTF_8);
		other.createContext("/", (exchange) -> {
			exchange.getResponseHeaders().set("Content-Type", "text/html");
			exchange.sendResponseHeaders(200, page.length);
			exchange.getResponseBody().write(page);
			exchange.close();
		});
		other.start();
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		try (Browser browser = new Browser()) {
			browser.open("http://127.0.0.1:" + other.getAddress().getPort() + "/");
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.until(() -> browser.requests().stream().filter((url) -> url.contains("since=30s")).count() >= 2);
			assertThat(browser.requests()).noneMatch((url) -> url.endsWith("/chaos"));
		}
		finally {
			other.stop(0);
		}
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ChaosForbidden {

		@Bean
		OncePerRequestFilter guard() {
			return new OncePerRequestFilter() {

				@Override
				protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response,
						FilterChain chain) throws ServletException, IOException {
					if (request.getRequestURI().endsWith("/chaos")) {
						response.setStatus(HttpServletResponse.SC_FORBIDDEN);
						return;
					}
					chain.doFilter(request, response);
				}

			};
		}

	}

}
