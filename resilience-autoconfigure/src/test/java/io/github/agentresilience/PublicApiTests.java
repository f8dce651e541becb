package io.github.agentresilience;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import org.springframework.util.ClassUtils;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/**
 * What users may rely on is what {@code public-api.txt} lists, and names nothing that is
 * internal.
 */
class PublicApiTests {

	private static final String LISTED = "src/test/resources/public-api.txt";

	private static final String FOUND = "target/public-api.txt";

	private static final String INTERNAL = ".internal.";

	/**
	 * The name of a class that is the value of a meter's tag, and so is meant for users.
	 */
	private static final Set<String> VALUES = Set.of("ObservedFailure");

	private static final Set<String> OF_OBJECT = Set.of("equals", "hashCode", "toString");

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.github.agentresilience");

	@Test
	void thePublicApiIsWhatHasBeenReviewed() throws IOException {
		Set<String> found = signatures();
		Path listed = Path.of(LISTED);
		Set<String> reviewed = Files.exists(listed) ? new TreeSet<>(Files.readAllLines(listed)) : Set.of();
		if (!found.equals(reviewed)) {
			Files.createDirectories(Path.of(FOUND).getParent());
			Files.write(Path.of(FOUND), found);
			fail("The public API is no longer the one in " + LISTED + ".\n" + lines("added", found, reviewed)
					+ lines("removed", reviewed, found)
					+ "\nWhat is not meant for users belongs under '..internal..' or is package-private."
					+ "\nTo accept the change: cp resilience-autoconfigure/" + FOUND + " resilience-autoconfigure/"
					+ LISTED + ", and say in CHANGELOG.md what was removed or changed.");
		}
	}

	@Test
	void thePublicApiNamesNothingInternal() throws IOException {
		assertThat(signatures()).noneMatch((signature) -> signature.contains(INTERNAL));
	}

	@Test
	void whatIsForTestsIsUsedByNothingElse() {
		noClasses().that()
			.resideOutsideOfPackage("io.github.agentresilience.test..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.github.agentresilience.test..", "org.junit..", "org.springframework.test..")
			.check(CLASSES);
	}

	@Test
	void theDocumentationForUsersNamesNothingInternal() throws IOException {
		Set<String> internal = CLASSES.stream()
			.filter((type) -> type.getPackageName().contains(".internal"))
			.map(JavaClass::getSimpleName)
			// Two words at least: one may be anybody's
			.filter((name) -> name.matches("[A-Z][a-z0-9]+[A-Z]\\w*"))
			.collect(Collectors.toSet());
		List<String> named = new ArrayList<>();
		for (String file : List.of("guide.md", "reference.md")) {
			String text = Files.readString(Path.of("..", "docs", file), StandardCharsets.UTF_8);
			Matcher code = Pattern.compile("```java(.*?)```|`([^`\n]+)`", Pattern.DOTALL).matcher(text);
			while (code.find()) {
				Matcher word = Pattern.compile("(?<![\\w.])[A-Z]\\w+")
					.matcher(code.group(1) != null ? code.group(1) : code.group(2));
				while (word.find()) {
					if (internal.contains(word.group()) && !VALUES.contains(word.group())) {
						named.add(file + ": " + word.group());
					}
				}
			}
		}
		assertThat(named).isEmpty();
	}

	private static String lines(String what, Set<String> of, Set<String> without) {
		return of.stream()
			.filter((line) -> !without.contains(line))
			.map((line) -> "  " + what + ": " + line + "\n")
			.collect(Collectors.joining());
	}

	private static Set<String> signatures() {
		Set<String> lines = new TreeSet<>();
		CLASSES.stream()
			.filter((type) -> !type.getPackageName().contains(".internal"))
			.map((type) -> ClassUtils.resolveClassName(type.getName(), null))
			.filter(PublicApiTests::isApi)
			.forEach((type) -> add(type, lines));
		return lines;
	}

	/** With all that it is nested in. */
	private static boolean isApi(Class<?> type) {
		for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
			if (!isApi(each.getModifiers()) || each.isAnonymousClass() || each.isLocalClass()) {
				return false;
			}
		}
		return true;
	}

	private static boolean isApi(int modifiers) {
		return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
	}

	private static void add(Class<?> type, Set<String> lines) {
		Stream<Type> above = Stream.concat(Stream.ofNullable(type.getGenericSuperclass()),
				Arrays.stream(type.getGenericInterfaces()));
		String names = above.map(Type::getTypeName)
			.filter((name) -> !name.equals("java.lang.Object"))
			.collect(Collectors.joining(", "));
		// Which JDKs name, and older ones do not
		String declared = type.toGenericString().replace("non-sealed ", "").replace("sealed ", "");
		lines.add(type.getName() + ": " + declared + (names.isEmpty() ? "" : " : " + names));
		for (Field field : type.getDeclaredFields()) {
			if (isApi(field.getModifiers()) && !field.isSynthetic()) {
				lines.add(type.getName() + "." + field.getName() + ": " + field.toGenericString());
			}
		}
		for (Constructor<?> constructor : type.getDeclaredConstructors()) {
			addExecutable(type, constructor, lines);
		}
		for (Method method : type.getDeclaredMethods()) {
			if (!method.isBridge() && !(OF_OBJECT.contains(method.getName()))) {
				addExecutable(type, method, lines);
			}
		}
	}

	private static void addExecutable(Class<?> type, Executable member, Set<String> lines) {
		if (isApi(member.getModifiers()) && !member.isSynthetic()) {
			lines.add(type.getName() + "." + member.getName().substring(member.getName().lastIndexOf('.') + 1) + ": "
					+ member.toGenericString());
		}
	}

}
