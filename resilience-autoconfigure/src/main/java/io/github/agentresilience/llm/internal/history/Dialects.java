package io.github.agentresilience.llm.internal.history;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import io.github.agentresilience.llm.internal.history.Dialect.Reasoning;
import io.github.agentresilience.llm.internal.history.Dialect.Signatures;
import io.github.agentresilience.llm.internal.history.Dialect.Turns;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;

/**
 * The dialects that are known, by host, model and class. Each rule has its source in
 * {@code docs/histories.md}.
 */
public final class Dialects {

	private static final ToolCallIds OF_ANTHROPIC = new ToolCallIds(64, false, "_-");

	private static final ToolCallIds OF_BEDROCK = new ToolCallIds(64, false, "_.:-");

	private static final ToolCallIds OF_MISTRAL = new ToolCallIds(9, true, "");

	static final Dialect OPENAI = plain("openai");

	static final Dialect AZURE = plain("azure");

	static final Dialect OLLAMA = plain("ollama");

	static final Dialect GROQ = reasoning("groq", Reasoning.REFUSED);

	static final Dialect CEREBRAS = reasoning("cerebras", Reasoning.REFUSED);

	static final Dialect DEEPSEEK = reasoning("deepseek", Reasoning.DEMANDED);

	static final Dialect DEEPSEEK_REASONER = reasoning("deepseek-reasoner", Reasoning.ALWAYS_DEMANDED);

	static final Dialect KIMI = reasoning("kimi", Reasoning.DEMANDED);

	static final Dialect KIMI_THINKING = reasoning("kimi-thinking", Reasoning.ALWAYS_DEMANDED);

	static final Dialect MISTRAL = new Dialect("mistral", Reasoning.OMITTED, Signatures.OMITTED, OF_MISTRAL,
			Turns.ANSWERED);

	static final Dialect ANTHROPIC = new Dialect("anthropic", Reasoning.OMITTED, Signatures.ANTHROPIC, OF_ANTHROPIC,
			Turns.ALTERNATING);

	static final Dialect ANTHROPIC_OPENAI = new Dialect("anthropic-openai", Reasoning.OMITTED, Signatures.OMITTED,
			OF_ANTHROPIC, Turns.ALTERNATING);

	static final Dialect BEDROCK = new Dialect("bedrock", Reasoning.OMITTED, Signatures.OMITTED, OF_BEDROCK,
			Turns.ANSWERED);

	static final Dialect GEMINI = new Dialect("gemini", Reasoning.OMITTED, Signatures.GOOGLE, ToolCallIds.PLAIN,
			Turns.ALTERNATING);

	static final Dialect GEMINI_OPENAI = new Dialect("gemini-openai", Reasoning.OMITTED, Signatures.GOOGLE_OPENAI,
			ToolCallIds.PLAIN, Turns.ALTERNATING);

	/** Models before the third generation do not check signatures. */
	static final Dialect GEMINI_2 = new Dialect("gemini-2", Reasoning.OMITTED, Signatures.OMITTED, ToolCallIds.PLAIN,
			Turns.ALTERNATING);

	private static final Map<String, Dialect> BY_HOST = byHost();

	/** What a gateway names before the model, such as {@code groq/llama}. */
	private static final Map<String, Dialect> BY_PROVIDER = byProvider();

	/** Families of models, such as {@code deepseek-reasoner}. */
	private static final Map<String, Dialect> BY_FAMILY = byFamily();

	private static final Map<String, Dialect> BY_CLASS = Map.of("OpenAiChatModel", OPENAI, "AnthropicChatModel",
			ANTHROPIC, "OllamaChatModel", OLLAMA, "GoogleGenAiChatModel", GEMINI, "VertexAiGeminiChatModel", GEMINI,
			"MistralAiChatModel", MISTRAL, "DeepSeekChatModel", DEEPSEEK, "BedrockProxyChatModel", BEDROCK,
			"AzureOpenAiChatModel", AZURE);

	private Dialects() {
	}

	/**
	 * The dialect of an OpenAI-compatible endpoint.
	 * @param baseUrl its address
	 * @param model the model that it is asked for
	 */
	public static Dialect ofEndpoint(String baseUrl, @Nullable String model) {
		String host = host(baseUrl);
		for (Map.Entry<String, Dialect> known : BY_HOST.entrySet()) {
			if (host.equals(known.getKey()) || host.endsWith("." + known.getKey())) {
				return ofGeneration(known.getValue(), model);
			}
		}
		return ofModel(model);
	}

	/**
	 * The dialect of a model bean, by its class or, where that is OpenAI's, by where it
	 * sends its requests to.
	 */
	public static Dialect ofBean(ChatModel bean) {
		ChatOptions options = options(bean);
		String model = (options != null) ? options.getModel() : null;
		if (options instanceof OpenAiChatOptions openAi) {
			return ofEndpoint((openAi.getBaseUrl() != null) ? openAi.getBaseUrl() : "", model);
		}
		for (Class<?> each = bean.getClass(); each != null; each = each.getSuperclass()) {
			Dialect dialect = BY_CLASS.get(each.getSimpleName());
			if (dialect != null) {
				return ofGeneration(dialect, model);
			}
		}
		return Dialect.PLAIN;
	}

	private static @Nullable ChatOptions options(ChatModel bean) {
		try {
			return bean.getOptions();
		}
		catch (RuntimeException ex) {
			// A bean of the application; its class still tells what it is
			return null;
		}
	}

	private static Dialect ofModel(@Nullable String model) {
		if (model == null) {
			return Dialect.PLAIN;
		}
		String name = model.toLowerCase(Locale.ROOT);
		int last = name.lastIndexOf('/');
		for (String part : (last > 0) ? name.substring(0, last).split("/") : new String[0]) {
			Dialect dialect = BY_PROVIDER.get(part);
			if (dialect != null) {
				return ofGeneration(dialect, name);
			}
		}
		for (Map.Entry<String, Dialect> known : BY_FAMILY.entrySet()) {
			if (name.contains(known.getKey())) {
				return ofGeneration(known.getValue(), name);
			}
		}
		return Dialect.PLAIN;
	}

	/** What differs from one model of a provider to another. */
	private static Dialect ofGeneration(Dialect dialect, @Nullable String model) {
		String name = (model != null) ? model.toLowerCase(Locale.ROOT) : "";
		boolean thinks = name.contains("reason") || name.contains("think") || name.contains("-r1");
		if (thinks && dialect == DEEPSEEK) {
			return DEEPSEEK_REASONER;
		}
		if (thinks && dialect == KIMI) {
			return KIMI_THINKING;
		}
		boolean early = name.contains("gemini-1") || name.contains("gemini-2");
		return (early && (dialect == GEMINI || dialect == GEMINI_OPENAI)) ? GEMINI_2 : dialect;
	}

	private static String host(String baseUrl) {
		try {
			String host = URI.create(baseUrl).getHost();
			return (host != null) ? host.toLowerCase(Locale.ROOT) : "";
		}
		catch (IllegalArgumentException ex) {
			return "";
		}
	}

	private static Map<String, Dialect> byHost() {
		Map<String, Dialect> known = new LinkedHashMap<>();
		known.put("api.openai.com", OPENAI);
		known.put("openai.azure.com", AZURE);
		known.put("services.ai.azure.com", AZURE);
		known.put("api.groq.com", GROQ);
		known.put("api.cerebras.ai", CEREBRAS);
		known.put("api.deepseek.com", DEEPSEEK);
		known.put("api.moonshot.ai", KIMI);
		known.put("api.moonshot.cn", KIMI);
		known.put("api.kimi.com", KIMI);
		known.put("api.mistral.ai", MISTRAL);
		known.put("api.anthropic.com", ANTHROPIC_OPENAI);
		known.put("generativelanguage.googleapis.com", GEMINI_OPENAI);
		known.put("aiplatform.googleapis.com", GEMINI_OPENAI);
		return known;
	}

	private static Map<String, Dialect> byProvider() {
		Map<String, Dialect> known = new LinkedHashMap<>();
		known.put("groq", GROQ);
		known.put("cerebras", CEREBRAS);
		known.put("deepseek", DEEPSEEK);
		known.put("moonshot", KIMI);
		known.put("moonshotai", KIMI);
		known.put("mistral", MISTRAL);
		known.put("mistralai", MISTRAL);
		known.put("anthropic", ANTHROPIC_OPENAI);
		known.put("bedrock", BEDROCK);
		known.put("azure", AZURE);
		known.put("ollama", OLLAMA);
		return known;
	}

	private static Map<String, Dialect> byFamily() {
		Map<String, Dialect> known = new LinkedHashMap<>();
		known.put("deepseek", DEEPSEEK);
		known.put("kimi", KIMI);
		for (String family : new String[] { "mistral", "mixtral", "magistral", "codestral", "devstral", "ministral",
				"pixtral" }) {
			known.put(family, MISTRAL);
		}
		known.put("claude", ANTHROPIC_OPENAI);
		known.put("gemini", GEMINI_OPENAI);
		return known;
	}

	private static Dialect plain(String name) {
		return reasoning(name, Reasoning.OMITTED);
	}

	private static Dialect reasoning(String name, Reasoning reasoning) {
		return new Dialect(name, reasoning, Signatures.OMITTED, ToolCallIds.PLAIN, Turns.FREE);
	}

}
