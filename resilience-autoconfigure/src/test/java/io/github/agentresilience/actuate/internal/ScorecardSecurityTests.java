package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.support.Browser;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfTokenRequestAttributeHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page behind Spring Security, whose CSRF filter is on.
 */
class ScorecardSecurityTests extends ScorecardFixture {

	private URI uri(String path) {
		return URI.create(address(path));
	}

	/** The three ways that Spring Security's manual knows for pages and for scripts. */
	@ParameterizedTest
	@ValueSource(strings = { "session", "cookie", "spa" })
	void itsButtonsWork(String tokens) throws Exception {
		assumeTrue(Browser.executable() != null, "There is no Chromium, so the page is not looked at");
		start(CsrfAlone.class, "test.tokens=" + tokens);
		try (Browser browser = new Browser()) {
			browser.open(uri("/actuator/scorecard?format=html").toString());
			await(browser, "document.getElementById('faulty').textContent === 'No fault is active'");
			browser.evaluate("document.querySelector('[data-fault=\"llm:a:burst\"]').click()");
			await(browser, "document.getElementById('said').textContent.includes('injected')");
			assertThat(this.context.getBean(Chaos.class).active()).hasSize(1);
			await(browser, "document.querySelectorAll('#active button').length === 1");
			browser.evaluate("document.querySelector('#active button').click()");
			await(browser, "document.getElementById('said').textContent.includes('removed')");
			assertThat(this.context.getBean(Chaos.class).active()).isEmpty();
		}
	}

	private HttpResponse<String> send(String user, String method, String path, String... headers) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
			.method(method,
					method.equals("POST")
							? HttpRequest.BodyPublishers.ofString(path.endsWith("/chaos")
									? "{\"fault\":\"burst\",\"layer\":\"llm\"}" : "{\"state\":\"DISABLED\"}")
							: HttpRequest.BodyPublishers.noBody());
		request.header("Content-Type", "application/json");
		if (user != null) {
			request.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8)));
		}
		if (headers.length > 0) {
			request.headers(headers);
		}
		return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static String meta(String page, String name) {
		int from = page.indexOf("<meta name=\"" + name + "\" content=\"") + name.length() + 23;
		return page.substring(from, page.indexOf('"', from));
	}

	@Test
	void theRecipeOfTheGuideKeepsChaosToThoseWhoMayCauseIt() throws Exception {
		start(Recipe.class);
		assertThat(send(null, "GET", "/actuator/health").statusCode()).isEqualTo(200);
		assertThat(send(null, "GET", "/actuator/scorecard").statusCode()).isEqualTo(401);
		assertThat(send("olga", "GET", "/actuator/chaos").statusCode()).isEqualTo(200);
		HttpResponse<String> page = send("olga", "GET", "/actuator/scorecard?format=html");
		assertThat(page.statusCode()).isEqualTo(200);
		for (String write : List.of("/actuator/chaos", "/actuator/experiments/x", "/actuator/resilience/a")) {
			assertThat(send("carl", "POST", write).statusCode()).as("without a token").isEqualTo(403);
			String[] proof = proof("olga");
			assertThat(send("olga", "POST", write, proof).statusCode()).as("without the role").isEqualTo(403);
			assertThat(send("carl", "POST", write, proof("carl")).statusCode()).isIn(200, 404);
		}
		assertThat(this.context.getBean(Chaos.class).active()).hasSize(1);
		assertThat(send("carl", "DELETE", "/actuator/chaos").statusCode()).isEqualTo(403);
		assertThat(send("carl", "DELETE", "/actuator/chaos", proof("carl")).statusCode()).isEqualTo(204);
		assertThat(send("olga", "DELETE", "/actuator/scorecard", proof("olga")).statusCode()).isEqualTo(204);
	}

	/** What the page of a user carries, and the session that it belongs to. */
	private String[] proof(String user) throws Exception {
		HttpResponse<String> page = send(user, "GET", "/actuator/scorecard?format=html");
		String session = page.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
		return new String[] { meta(page.body(), "_csrf_header"), meta(page.body(), "_csrf"), "Cookie", session };
	}

	@Test
	void withoutSpringSecurityThePageHasNoToken() throws Exception {
		start(TestApplication.Application.class);
		assertThat(send(null, "GET", "/actuator/scorecard?format=html").body()).contains("<title>Scorecard")
			.doesNotContain("<meta name=\"_csrf", "@CSRF@");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	@Import(TestApplication.Application.class)
	static class CsrfAlone {

		@Bean
		SecurityFilterChain chain(HttpSecurity http, Environment environment) throws Exception {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll())
				.csrf((csrf) -> configure(csrf, environment.getProperty("test.tokens")))
				.build();
		}

		private static void configure(CsrfConfigurer<HttpSecurity> csrf, String tokens) {
			switch (tokens) {
				case "cookie" -> csrf.csrfTokenRepository(CookieCsrfTokenRepository.withHttpOnlyFalse())
					.csrfTokenRequestHandler(new CsrfTokenRequestAttributeHandler());
				case "spa" -> csrf.spa();
				default -> {
				}
			}
		}

		@Bean
		UserDetailsService noUsers() {
			return new InMemoryUserDetailsManager();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	@Import(TestApplication.Application.class)
	static class Recipe {

		@Bean
		SecurityFilterChain actuator(HttpSecurity http) throws Exception {
			return http.securityMatcher("/actuator/**")
				.authorizeHttpRequests((requests) -> requests.requestMatchers("/actuator/health/**")
					.permitAll()
					.requestMatchers(HttpMethod.GET)
					.hasRole("OPERATOR")
					.requestMatchers("/actuator/chaos/**", "/actuator/experiments/**", "/actuator/resilience/**")
					.hasRole("CHAOS")
					.anyRequest()
					.hasRole("OPERATOR"))
				.httpBasic(Customizer.withDefaults())
				.build();
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(
					User.withUsername("olga").password("{noop}secret").roles("OPERATOR").build(),
					User.withUsername("carl").password("{noop}secret").roles("OPERATOR", "CHAOS").build());
		}

	}

}
