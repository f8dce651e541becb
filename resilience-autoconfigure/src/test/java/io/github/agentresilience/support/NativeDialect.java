package io.github.agentresilience.support;

import java.util.List;
import java.util.Optional;

import com.google.genai.Client;

/**
 * Providers that speak protocols of their own, as Spring AI's starters configure their
 * models. A {@link ScriptedProvider} plays them with answers that are theirs to the byte.
 */
public enum NativeDialect {

	ANTHROPIC("anthropic", "anthropicChatModel",
			"""
					{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"I am native"}],\
					"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":5}}""",
			"text/event-stream",
			"""
					event: message_start
					data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude",\
					"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}

					event: content_block_start
					data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

					event: content_block_delta
					data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I am native"}}

					event: content_block_stop
					data: {"type":"content_block_stop","index":0}

					event: message_delta
					data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}

					event: message_stop
					data: {"type":"message_stop"}

					""",
			"{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"}}") {

		@Override
		public List<String> properties(String baseUrl) {
			return List.of("spring.ai.anthropic.base-url=" + root(baseUrl), "spring.ai.anthropic.api-key=sk-ant-test",
					"spring.ai.anthropic.chat.model=claude");
		}

	},

	OLLAMA("ollama", "ollamaChatModel", """
			{"model":"tiny","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"I am native"},\
			"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":5}
			""", "application/x-ndjson",
			"""
					{"model":"tiny","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"I am native"},"done":false}
					{"model":"tiny","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},\
					"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":5}
					""",
			"{\"error\":\"%s: %s\"}") {

		@Override
		public List<String> properties(String baseUrl) {
			return List.of("spring.ai.ollama.base-url=" + root(baseUrl), "spring.ai.ollama.chat.model=tiny",
					"spring.ai.ollama.embedding.model=tiny");
		}

	},

	GEMINI("google-genai", "googleGenAiChatModel",
			"""
					{"candidates":[{"content":{"role":"model","parts":[{"text":"I am native"}]},"finishReason":"STOP","index":0}],\
					"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":5,"totalTokenCount":8},"modelVersion":"gemini"}""",
			"text/event-stream",
			"""
					data: {"candidates":[{"content":{"role":"model","parts":[{"text":"I am native"}]},"finishReason":"STOP","index":0}],\
					"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":5,"totalTokenCount":8},"modelVersion":"gemini"}

					""",
			"{\"error\":{\"code\":503,\"status\":\"%s\",\"message\":\"%s\"}}") {

		@Override
		public List<String> properties(String baseUrl) {
			// The one that cannot be told by property where to go
			Client.setDefaultBaseUrls(Optional.of(root(baseUrl)), Optional.empty());
			return List.of("spring.ai.google.genai.api-key=AIza-test", "spring.ai.google.genai.chat.model=gemini");
		}

	};

	/** What each of them says when it is whole. */
	public static final String TEXT = "I am native";

	private final String name;

	private final String bean;

	private final String answer;

	private final String streamType;

	private final String stream;

	private final String error;

	NativeDialect(String name, String bean, String answer, String streamType, String stream, String error) {
		this.name = name;
		this.bean = bean;
		this.answer = answer;
		this.streamType = streamType;
		this.stream = stream;
		this.error = error;
	}

	/** The bean that the starter makes. */
	public String bean() {
		return this.bean;
	}

	/**
	 * What chooses the starter among several: a value of {@code spring.ai.model.chat}.
	 */
	public String selection() {
		return "spring.ai.model.chat=" + this.name;
	}

	/**
	 * What points the starter's model at a provider. To be asked for before the
	 * application starts.
	 */
	public abstract List<String> properties(String baseUrl);

	public List<String> properties(ScriptedProvider provider) {
		return properties(provider.baseUrl());
	}

	/** A whole, good answer. */
	public Reply answer(boolean streaming) {
		return streaming ? Reply.raw(200, this.streamType, this.stream)
				: Reply.raw(200, "application/json", this.answer);
	}

	/** An error in the provider's own form. */
	public Reply error(int status, String type) {
		return Reply.raw(status, "application/json", this.error.formatted(type, "try again"));
	}

	private static String root(String baseUrl) {
		return baseUrl.replace("/v1", "");
	}

}
