package io.github.agentresilience.autoconfigure.internal.retries;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.github.agentresilience.llm.internal.model.ResilientChatModel;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.BackOffExecution;

/**
 * Looks through the fields of a chat model, of what it decorates and of the clients
 * beneath it for parts that are known to retry. They keep that to themselves, in fields
 * that another version may not have or not open, so what cannot be read is found too, as
 * such.
 */
final class RetryingParts {

	static final String GOOGLE_INTERCEPTOR = "com.google.genai.RetryInterceptor";

	private static final String APACHE_STRATEGY = "org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy";

	private static final String AWS_CLIENTS = "software.amazon.awssdk.services.";

	/** Models, and the clients that Spring AI's models have. */
	private static final List<String> LOOKED_INTO = List.of("org.springframework.ai.",
			"org.springframework.web.client.", "org.springframework.http.client.", "org.apache.hc.client5.http.",
			"com.google.genai.", "com.openai.client.", "com.openai.core.", "com.anthropic.client.",
			"com.anthropic.core.", "okhttp3.", AWS_CLIENTS);

	private static final int DEEPEST = 12;

	private static final int MOST_LOOKED_AT = 2_000;

	private static final int MOST_COUNTED = 100;

	/** The number of retries of a part that does not tell it. */
	private static final int UNKNOWN = -1;

	private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

	private final List<Part> found = new ArrayList<>();

	private RetryingParts() {
	}

	/**
	 * Finds the retrying parts of something.
	 * @return what retries at least once, the most eager of each kind in each model, and
	 * what cannot be read
	 */
	static List<Part> in(Object root) {
		RetryingParts parts = new RetryingParts();
		parts.look(root, null, 0);
		return List.copyOf(parts.found);
	}

	private void look(@Nullable Object value, @Nullable ChatModel model, int depth) {
		Object at = (value != null) ? withoutProxy(value) : null;
		if (at == null || at instanceof ResilientChatModel || depth > DEEPEST || this.seen.size() > MOST_LOOKED_AT
				|| !this.seen.add(at)) {
			return;
		}
		ChatModel owner = (at instanceof ChatModel own) ? own : model;
		Kind kind = Kind.of(at);
		if (kind != null) {
			add(new Part(kind, retries(kind, at), owner, kind == Kind.APACHE_HTTP && isApachesOwn(at)));
		}
		else if (at instanceof Collection<?> || at instanceof Object[] || at instanceof Optional<?>) {
			elements(at).forEach((each) -> look(each, owner, depth + 1));
		}
		else {
			fields(at, owner, depth);
		}
	}

	private void fields(Object at, @Nullable ChatModel owner, int depth) {
		for (Class<?> type = at.getClass(); type != null && !isOfTheJdk(type); type = type.getSuperclass()) {
			for (Field field : type.getDeclaredFields()) {
				if (!Modifier.isStatic(field.getModifiers()) && mayHoldAPart(field.getType())) {
					field(field, at, owner, depth);
				}
			}
		}
	}

	private void field(Field field, Object at, @Nullable ChatModel owner, int depth) {
		try {
			field.setAccessible(true);
			Object value = field.get(at);
			if (value != null && isWorthALook(value)) {
				look(value, owner, depth + 1);
			}
		}
		catch (IllegalAccessException | RuntimeException ex) {
			add(new Part(Kind.UNREADABLE, UNKNOWN, owner, false));
		}
	}

	private static boolean isOfTheJdk(Class<?> type) {
		String module = type.getModule().getName();
		return module != null && module.startsWith("java.");
	}

	/** Nothing extends a final type, so its own name tells. */
	private static boolean mayHoldAPart(Class<?> type) {
		return !Modifier.isFinal(type.getModifiers()) || type.isArray() && !type.getComponentType().isPrimitive()
				|| type == Optional.class || LOOKED_INTO.stream().anyMatch(type.getName()::startsWith)
				|| ChatModel.class.isAssignableFrom(type);
	}

	private static boolean isWorthALook(Object value) {
		String type = value.getClass().getName();
		return value instanceof ChatModel || value instanceof RetryTemplate
				|| LOOKED_INTO.stream().anyMatch(type::startsWith)
				|| type.startsWith("java.util.") && (value instanceof Collection || value instanceof Optional)
				|| value instanceof Object[] && Array.getLength(value) <= MOST_COUNTED;
	}

	private static List<?> elements(Object at) {
		if (at instanceof Optional<?> optional) {
			return optional.stream().toList();
		}
		List<?> all = (at instanceof Collection<?> collection) ? new ArrayList<>(collection)
				: Arrays.asList((Object[]) at);
		return all.stream().filter((each) -> each != null && isWorthALook(each)).limit(MOST_COUNTED).toList();
	}

	private static Object withoutProxy(Object value) {
		Object target = AopProxyUtils.getSingletonTarget(value);
		return (target != null) ? target : value;
	}

	private void add(Part part) {
		if (part.retries() == 0) {
			return;
		}
		Part same = this.found.stream()
			.filter((each) -> each.kind() == part.kind() && each.model() == part.model())
			.findFirst()
			.orElse(null);
		if (same == null || same.retries() < part.retries()) {
			this.found.remove(same);
			this.found.add(part);
		}
	}

	private static int retries(Kind kind, Object part) {
		try {
			return switch (kind) {
				case RETRY_TEMPLATE -> retries(((RetryTemplate) part).getRetryPolicy());
				case OPENAI_SDK, ANTHROPIC_SDK -> (Integer) call(part, "maxRetries");
				case GOOGLE_SDK -> attempts(call(part, "retryOptions"), "attempts", 5) - 1;
				case AWS_SDK -> awsAttempts(part) - 1;
				case APACHE_HTTP -> (Integer) read(read(part, "retryStrategy"), "maxRetries");
				case UNREADABLE -> UNKNOWN;
			};
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			return UNKNOWN;
		}
	}

	/**
	 * Counts what the policy's back-off would allow, which is the only place where a
	 * policy says how often.
	 */
	private static int retries(RetryPolicy policy) {
		BackOff backOff = policy.getBackOff();
		BackOffExecution execution = backOff.start();
		int retries = 0;
		while (retries < MOST_COUNTED && execution.nextBackOff() != BackOffExecution.STOP) {
			retries++;
		}
		return retries;
	}

	private static int awsAttempts(Object client) throws ReflectiveOperationException {
		Object configuration = call(call(client, "serviceClientConfiguration"), "overrideConfiguration");
		Optional<?> strategy = (Optional<?>) call(configuration, "retryStrategy");
		return strategy.isPresent() ? (Integer) call(strategy.get(), "maxAttempts") : 3;
	}

	private static int attempts(Object options, String method, int unset) throws ReflectiveOperationException {
		return ((Optional<?>) call(options, method)).map(Integer.class::cast).orElse(unset);
	}

	/** Whether Apache's client retries by its default. */
	private static boolean isApachesOwn(Object part) {
		try {
			Object strategy = read(part, "retryStrategy");
			return strategy.getClass().getName().equals(APACHE_STRATEGY)
					&& strategy.getClass().getField("INSTANCE").get(null) == strategy;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			return false;
		}
	}

	private static Object call(Object on, String name) throws ReflectiveOperationException {
		Method method = ReflectionUtils.findMethod(on.getClass(), name);
		if (method == null) {
			throw new NoSuchMethodException(name);
		}
		method.setAccessible(true);
		return method.invoke(on);
	}

	private static Object read(Object of, String name) throws ReflectiveOperationException {
		Field field = ReflectionUtils.findField(of.getClass(), name);
		Object value = (field != null && field.trySetAccessible()) ? field.get(of) : null;
		if (value == null) {
			throw new NoSuchFieldException(name);
		}
		return value;
	}

	/**
	 * A part of a model that retries.
	 *
	 * @param retries how often at most
	 * @param model the model that has it
	 * @param byDefault whether it retries because that is its default
	 */
	record Part(Kind kind, int retries, @Nullable ChatModel model, boolean byDefault) {

		/** Whether it tells how often it retries. */
		boolean isKnown() {
			return this.retries != UNKNOWN;
		}

	}

	/** What retries. */
	enum Kind {

		RETRY_TEMPLATE("its RetryTemplate"), OPENAI_SDK("the OpenAI SDK"), ANTHROPIC_SDK("the Anthropic SDK"),
		GOOGLE_SDK("Google's Gen AI SDK"), AWS_SDK("the AWS SDK"), APACHE_HTTP("Apache's HTTP client"),

		/** What it is cannot be read. */
		UNREADABLE("a part of it");

		private final String label;

		Kind(String label) {
			this.label = label;
		}

		/** What it is, for people. */
		String label() {
			return this.label;
		}

		static @Nullable Kind of(Object part) {
			String type = part.getClass().getName();
			return switch (type) {
				case "com.openai.core.ClientOptions" -> OPENAI_SDK;
				case "com.anthropic.core.ClientOptions" -> ANTHROPIC_SDK;
				case GOOGLE_INTERCEPTOR -> GOOGLE_SDK;
				case "org.apache.hc.client5.http.impl.classic.HttpRequestRetryExec" -> APACHE_HTTP;
				default -> (part instanceof RetryTemplate) ? RETRY_TEMPLATE : isAwsClient(part, type) ? AWS_SDK : null;
			};
		}

		private static boolean isAwsClient(Object part, String type) {
			return type.startsWith(AWS_CLIENTS)
					&& ReflectionUtils.findMethod(part.getClass(), "serviceClientConfiguration") != null;
		}

	}

}
