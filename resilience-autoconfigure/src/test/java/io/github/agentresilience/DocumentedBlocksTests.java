package io.github.agentresilience;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.support.Documents;
import io.github.agentresilience.support.Documents.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * What the documents show is what users copy: each block of YAML binds, with no key that
 * is unknown, and each block of Java compiles.
 */
class DocumentedBlocksTests {

	private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);$", Pattern.MULTILINE);

	private static final Pattern CLASS = Pattern.compile("^public class (\\w+) ", Pattern.MULTILINE);

	/** Surefire puts the true one there, and a jar that names it in the usual place. */
	static final String CLASS_PATH = System.getProperty("surefire.test.class.path",
			System.getProperty("java.class.path"));

	/** What a block of Java takes for granted. */
	private static final String AROUND = """
			package docs;
			import java.time.*;
			import java.util.*;
			import io.github.agentresilience.chain.*;
			import io.github.agentresilience.chaos.*;
			import io.github.agentresilience.test.*;
			import io.github.agentresilience.llm.*;
			import org.junit.jupiter.api.*;
			import org.springframework.ai.chat.client.ChatClient;
			import org.springframework.ai.chat.messages.*;
			import org.springframework.ai.chat.model.*;
			import org.springframework.ai.chat.prompt.Prompt;
			import org.springframework.beans.factory.annotation.*;
			import org.springframework.boot.test.context.SpringBootTest;
			import org.springframework.context.annotation.Bean;
			import org.springframework.http.HttpMethod;
			import org.springframework.security.config.Customizer;
			import org.springframework.security.config.annotation.web.builders.HttpSecurity;
			import org.springframework.security.web.SecurityFilterChain;
			abstract class Block%d {
			ChatClient chatClient;
			ChatModel chatModel;
			String id;
			AnswerAcceptor acceptor;
			interface Page { void clear(); void append(String text); }
			Page page;
			static class Person { }
			static class ModelIsLoading extends RuntimeException { }
			%s
			}
			""";

	static List<Block> yaml() {
		return Documents.blocks("yaml");
	}

	@ParameterizedTest
	@MethodSource("yaml")
	void settingsBind(Block block) throws IOException {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().forEach((source) -> environment.getPropertySources().remove(source.getName()));
		List<PropertySource<?>> sources = new YamlPropertySourceLoader().load(block.place(),
				new ByteArrayResource(block.text().getBytes(StandardCharsets.UTF_8)));
		assertThat(sources).hasSize(1);
		environment.getPropertySources().addFirst(sources.get(0));
		assertThat((Map<?, ?>) sources.get(0).getSource()).isNotEmpty();
		assertThatNoException().isThrownBy(() -> Binder.get(environment)
			.bind(ResilienceProperties.PREFIX, Bindable.of(ResilienceProperties.class),
					new NoUnboundElementsBindHandler(BindHandler.DEFAULT, new UnboundElementsSourceFilter())));
	}

	@Test
	void codeCompiles(@TempDir Path classes) {
		List<Block> blocks = Documents.blocks("java");
		assertThat(blocks).hasSizeGreaterThan(5);
		List<JavaFileObject> sources = new ArrayList<>();
		for (Block block : blocks) {
			String code = block.text().replace("{ ... }", "{ }");
			boolean member = code.startsWith("@");
			sources.add(isFile(code) ? file(code) : source("docs/Block" + sources.size(), String.format(AROUND,
					sources.size(), member ? code : "void block() throws Exception {\n" + code + "}")));
		}
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter said = new StringWriter();
		boolean compiled = compiler
			.getTask(said, null, null, List.of("-proc:none", "-nowarn", "-cp", CLASS_PATH, "-d", classes.toString()),
					null, sources)
			.call();
		assertThat(compiled).as("%s of %s", said, blocks).isTrue();
	}

	/** Whether a block is a whole file, to be saved as it is. */
	static boolean isFile(String code) {
		return code.startsWith("package ") || code.startsWith("import ");
	}

	static JavaFileObject file(String code) {
		Matcher name = CLASS.matcher(code);
		assertThat(name.find()).isTrue();
		Matcher in = PACKAGE.matcher(code);
		return source((in.find() ? in.group(1).replace('.', '/') + "/" : "") + name.group(1), code);
	}

	private static JavaFileObject source(String name, String code) {
		return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return code;
			}

		};
	}

}
