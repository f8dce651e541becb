package io.github.agentresilience.autoconfigure.internal.retries;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.StreamingHttpOutputMessage;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.client.RestClient;

/**
 * Gives a chat model that is a target REST clients which ask once. Apache's HTTP client,
 * which Spring takes as soon as it is on the class path, repeats a 429 or 503 after a
 * second, or after the Retry-After however long that is, unless the body can be written
 * only once. It stays as it is where the application chose its way of retrying, and where
 * it cannot be read, which health reports.
 */
public final class OnceOnlyRestClients implements ObjectProvider<RestClient.Builder>, BeanFactoryAware {

	private static final boolean APACHE = ClassUtils.isPresent("org.apache.hc.client5.http.classic.HttpClient",
			OnceOnlyRestClients.class.getClassLoader());

	private final String model;

	private @Nullable BeanFactory beans;

	/**
	 * Clients of one model.
	 * @param model the name of the chat model
	 */
	public OnceOnlyRestClients(String model) {
		this.model = model;
	}

	@Override
	public void setBeanFactory(BeanFactory beans) {
		this.beans = beans;
	}

	@Override
	public Stream<RestClient.Builder> stream() {
		RestClient.Builder builder = (this.beans != null)
				? this.beans.getBeanProvider(RestClient.Builder.class).getIfAvailable(RestClient::builder)
				: RestClient.builder();
		return Stream.of(APACHE ? onceOnly(builder) : builder);
	}

	private RestClient.Builder onceOnly(RestClient.Builder builder) {
		Field field = ReflectionUtils.findField(builder.getClass(), "requestFactory", ClientHttpRequestFactory.class);
		if (field == null || !field.trySetAccessible()) {
			stillOn();
			return builder;
		}
		ClientHttpRequestFactory factory = (ClientHttpRequestFactory) ReflectionUtils.getField(field, builder);
		factory = (factory != null) ? factory : new HttpComponentsClientHttpRequestFactory();
		List<RetryingParts.Part> parts = RetryingParts.in(factory);
		if (parts.stream().anyMatch((part) -> !part.isKnown())) {
			stillOn();
		}
		boolean repeats = parts.stream().anyMatch(RetryingParts.Part::byDefault);
		return repeats ? builder.requestFactory(new OnceOnly(factory)) : builder;
	}

	private void stillOn() {
		if (this.beans != null) {
			NestedRetries.stillOn(this.model, RetryingParts.Kind.APACHE_HTTP, this.beans);
		}
	}

	/** Makes requests whose body says that it can be written only once. */
	private record OnceOnly(ClientHttpRequestFactory factory) implements ClientHttpRequestFactory {

		@Override
		public ClientHttpRequest createRequest(URI uri, HttpMethod method) throws IOException {
			ClientHttpRequest request = this.factory.createRequest(uri, method);
			return (request instanceof StreamingHttpOutputMessage streaming) ? new OnceOnlyRequest(request, streaming)
					: request;
		}

	}

	private record OnceOnlyRequest(ClientHttpRequest request,
			StreamingHttpOutputMessage streaming) implements ClientHttpRequest, StreamingHttpOutputMessage {

		@Override
		public void setBody(Body body) {
			this.streaming.setBody(new Body() {

				@Override
				public void writeTo(OutputStream out) throws IOException {
					body.writeTo(out);
				}

				@Override
				public boolean repeatable() {
					return false;
				}

			});
		}

		@Override
		public OutputStream getBody() throws IOException {
			return this.request.getBody();
		}

		@Override
		public HttpHeaders getHeaders() {
			return this.request.getHeaders();
		}

		@Override
		public HttpMethod getMethod() {
			return this.request.getMethod();
		}

		@Override
		public URI getURI() {
			return this.request.getURI();
		}

		@Override
		public Map<String, Object> getAttributes() {
			return this.request.getAttributes();
		}

		@Override
		public ClientHttpResponse execute() throws IOException {
			return this.request.execute();
		}

	}

}
