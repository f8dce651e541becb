package io.github.agentresilience.autoconfigure;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;

import com.google.genai.Client;
import io.github.agentresilience.actuate.internal.PageControls;
import io.github.agentresilience.actuate.internal.ScorecardPageHints;
import io.github.agentresilience.autoconfigure.internal.llm.LlmChains;
import io.github.agentresilience.autoconfigure.internal.retries.GoogleGenAiClients;
import io.github.agentresilience.autoconfigure.internal.retries.NoRetryTemplate;
import io.github.agentresilience.autoconfigure.internal.retries.OnceOnlyRestClients;
import io.github.agentresilience.llm.internal.model.LlmRuntimeHints;
import io.github.agentresilience.mcp.internal.client.McpRuntimeHints;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.DefaultChatClient.DefaultChatClientRequestSpec;
import org.springframework.ai.retry.TransientAiException;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

class RuntimeHintsTests {

	private static final RuntimeHints hints = new RuntimeHints();

	@BeforeAll
	static void registerThoseThatAutoConfigurationsImport() throws Exception {
		for (Class<?> type : new Class<?>[] { ResilienceAutoConfiguration.class, LlmAutoConfiguration.class,
				McpAutoConfiguration.class, ActuatorAutoConfiguration.class }) {
			for (Class<? extends RuntimeHintsRegistrar> registrar : type.getAnnotation(ImportRuntimeHints.class)
				.value()) {
				var constructor = registrar.getDeclaredConstructor();
				constructor.setAccessible(true);
				constructor.newInstance().registerHints(hints, RuntimeHintsTests.class.getClassLoader());
			}
		}
	}

	static Stream<Resource> filesOfThePage() throws IOException {
		PathMatchingResourcePatternResolver files = new PathMatchingResourcePatternResolver();
		return Stream
			.of("classpath*:io/github/agentresilience/actuate/internal/*.html",
					"classpath*:io/github/agentresilience/actuate/internal/*.css",
					"classpath*:io/github/agentresilience/actuate/internal/*.js",
					"classpath*:io/github/agentresilience/actuate/internal/*.json",
					"classpath*:META-INF/resources/webjars/uplot/*/dist/uPlot.min.css",
					"classpath*:META-INF/resources/webjars/uplot/*/dist/uPlot.iife.min.js",
					"classpath*:META-INF/maven/org.webjars.npm/uplot/pom.properties")
			.flatMap((pattern) -> {
				try {
					Resource[] found = files.getResources(pattern);
					assertThat(found).as(pattern).isNotEmpty();
					return Arrays.stream(found);
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
	}

	@ParameterizedTest
	@MethodSource
	void filesOfThePage(Resource file) throws IOException {
		String url = file.getURL().toString();
		String path = url.substring(Math.max(url.indexOf("io/github/agentresilience"), url.indexOf("META-INF/")));
		assertThat(resource().forResource(path)).accepts(hints);
	}

	static Stream<Class<?>> propertyRecords() {
		return Stream
			.concat(Stream.of(ResilienceProperties.class),
					Arrays.stream(ResilienceProperties.class.getDeclaredClasses()))
			.filter(Class::isRecord);
	}

	@ParameterizedTest
	@MethodSource
	void propertyRecords(Class<?> type) {
		assertThat(reflection().onConstructorInvocation(type.getDeclaredConstructors()[0])).accepts(hints);
	}

	static Stream<Class<?>> whatEndpointsSayAsJson() throws Exception {
		Stream.Builder<Class<?>> records = Stream.builder();
		records.add(PageControls.class).add(PageControls.Control.class);
		for (Resource file : new PathMatchingResourcePatternResolver()
			.getResources("classpath*:io/github/agentresilience/actuate/internal/answer/*.class")) {
			Class<?> type = Class.forName("io.github.agentresilience.actuate.internal.answer."
					+ Objects.requireNonNull(file.getFilename()).replace(".class", ""));
			if (type.isRecord()) {
				records.add(type);
			}
		}
		return records.build();
	}

	@ParameterizedTest
	@MethodSource
	void whatEndpointsSayAsJson(Class<?> type) {
		for (var component : type.getRecordComponents()) {
			assertThat(reflection().onMethodInvocation(component.getAccessor())).accepts(hints);
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { McpSyncClient.class, McpAsyncClient.class })
	void clientsOfMcpServersAndTheirProxies(Class<?> type) {
		for (Method method : type.getDeclaredMethods()) {
			if (Modifier.isPublic(method.getModifiers())) {
				assertThat(reflection().onMethodInvocation(method)).as(method.getName()).accepts(hints);
			}
		}
		// Whoever has made a proxy of the type before in this process has the first
		// number
		String proxy = hints.reflection()
			.typeHints()
			.map((hint) -> hint.getType().getName())
			.filter((name) -> name.startsWith(type.getName() + "$$SpringCGLIB$$"))
			.findFirst()
			.orElseThrow();
		assertThat(reflection().onType(TypeReference.of(proxy))
			.withMemberCategories(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS, MemberCategory.UNSAFE_ALLOCATED))
			.accepts(hints);
	}

	@Test
	void factoryMethodsOfChains() {
		assertThat(
				reflection().onMethodInvocation(ReflectionUtils.findMethod(LlmChains.class, "declared", String.class)))
			.accepts(hints);
		assertThat(reflection()
			.onMethodInvocation(ReflectionUtils.findMethod(LlmChains.class, "around", String.class, String.class)))
			.accepts(hints);
	}

	@Test
	void theTableByWhichTokensAreCounted() {
		String table = "com/knuddels/jtokkit/cl100k_base.tiktoken";
		assertThat(getClass().getClassLoader().getResource(table)).isNotNull();
		assertThat(resource().forResource(table)).accepts(hints);
	}

	@Test
	void whatOthersKeepToThemselves() {
		assertThat(reflection().onFieldAccess(DefaultChatClientRequestSpec.class, "chatModel")).accepts(hints);
	}

	@Test
	void whatTurnsOffTheRetriesOfOtherModels() throws Exception {
		assertThat(reflection().onConstructorInvocation(NoRetryTemplate.class.getDeclaredConstructor())).accepts(hints);
		assertThat(reflection().onConstructorInvocation(OnceOnlyRestClients.class.getDeclaredConstructor(String.class)))
			.accepts(hints);
		assertThat(reflection().onMethodInvocation(GoogleGenAiClients.class, "withoutRetries")).accepts(hints);
		assertThat(reflection().onFieldAccess(Client.class, "apiClient")).accepts(hints);
		assertThat(reflection().onFieldAccess(Client.class.getDeclaredField("apiClient").getType(), "httpOptions"))
			.accepts(hints);
		assertThat(reflection().onFieldAccess(RestClient.builder().getClass(), "requestFactory")).accepts(hints);
	}

	@ParameterizedTest
	@ValueSource(classes = { CsrfToken.class, TransientAiException.class, RestClientResponseException.class,
			WebClientResponseException.class })
	void typesThatAreLookedForByName(Class<?> type) {
		assertThat(reflection().onType(type)).accepts(hints);
	}

	@Test
	void whatIsNotOnTheClassPathIsPassedOver() {
		RuntimeHints none = new RuntimeHints();
		ClassLoader bare = new ClassLoader(ClassLoader.getPlatformClassLoader()) {
		};
		new LlmRuntimeHints().registerHints(none, bare);
		new ScorecardPageHints().registerHints(none, bare);
		new McpRuntimeHints().registerHints(none, bare);
		assertThat(reflection().onType(TransientAiException.class).test(none)).isFalse();
		assertThat(reflection().onType(CsrfToken.class).test(none)).isFalse();
	}

}
