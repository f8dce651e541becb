package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.util.List;

import io.github.agentresilience.chain.internal.time.QuickHook;
import io.github.agentresilience.llm.internal.answer.AnswerReader;
import io.github.agentresilience.llm.internal.answer.HttpExchange;
import io.github.agentresilience.llm.internal.failure.PromptRedaction;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Ties the attempt of a request to its exchange, so that cancelling the one cancels the
 * other; has the answer read, so that the SDK sees nothing that it cannot read; and takes
 * the target's secrets and the prompt out of errors before anybody can log them.
 */
final class ExchangeInterceptor implements Interceptor {

	private final List<String> secrets;

	ExchangeInterceptor(List<String> secrets) {
		this.secrets = secrets;
	}

	@Override
	public Response intercept(Chain chain) throws IOException {
		Request request = chain.request();
		// Of the call, since the application's interceptors may make a new request
		HttpExchange exchange = chain.call().request().tag(HttpExchange.class);
		if (exchange.attempt() != null) {
			QuickHook closeSocket = chain.call()::cancel;
			exchange.attempt().onCancel(closeSocket);
		}
		Response response = chain.proceed(request);
		if (exchange.attempt() != null) {
			exchange.attempt().answered(response.code(), response::header);
		}
		return AnswerReader.read(response, exchange,
				(error) -> withoutSecrets(PromptRedaction.removed(error, request)));
	}

	private String withoutSecrets(String text) {
		String clean = text;
		for (String secret : this.secrets) {
			clean = clean.replace(secret, "***");
		}
		return clean;
	}

}
