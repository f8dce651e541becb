package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

import io.github.agentresilience.chain.internal.time.Time;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the HTTP client may send a request again by itself. It may where the
 * server has proved that it did nothing with it: the connection had been used before and
 * was closed before a byte of an answer came, as servers close connections that lie idle,
 * or HTTP/2 says that the stream was refused. Everything else is the chain's to decide:
 * what happens on a fresh connection, what comes after the first byte of an answer, and a
 * status, whatever it says.
 */
final class StaleConnections implements Interceptor {

	/**
	 * A request that is sent over a closed connection is refused at once; what takes
	 * longer was worked on.
	 */
	private static final Duration REFUSED_WITHIN = Duration.ofSeconds(2);

	private static final String REFUSED_STREAM = "REFUSED_STREAM";

	private final Time time;

	private final long refusedWithinNanos;

	StaleConnections(Time time) {
		this(time, REFUSED_WITHIN);
	}

	/**
	 * An interceptor of an HTTP client whose sockets are {@link CountedSockets}.
	 * @param refusedWithin what takes longer was worked on
	 */
	StaleConnections(Time time, Duration refusedWithin) {
		this.time = time;
		this.refusedWithinNanos = refusedWithin.toNanos();
	}

	/**
	 * A body that this interceptor can permit to be sent again. Until the request is
	 * {@linkplain #guarded guarded} it says of itself what the body does.
	 */
	static RequestBody guarded(RequestBody body) {
		return new GuardedBody(body);
	}

	/**
	 * The request with a body that is sent once, unless this interceptor permits more:
	 * the same request where it has such a body, else a new one.
	 */
	static Request guarded(Request request) {
		RequestBody body = request.body();
		if (body instanceof GuardedBody guarded) {
			guarded.mayBeSentAgain = false;
			return request;
		}
		if (body == null) {
			return request;
		}
		GuardedBody guarded = new GuardedBody(body);
		guarded.mayBeSentAgain = false;
		return request.newBuilder().method(request.method(), guarded).build();
	}

	@Override
	public Response intercept(Chain chain) throws IOException {
		Request request = chain.request();
		if (!(request.body() instanceof GuardedBody body)) {
			return chain.proceed(request);
		}
		Connection connection = chain.connection();
		SocketTraffic traffic = (connection != null && connection.socket() instanceof SocketTraffic.Source source)
				? source.traffic() : null;
		boolean http2 = connection != null && connection.protocol() == Protocol.HTTP_2;
		boolean used = traffic != null && traffic.beginRequest();
		if (used && !http2 && Objects.requireNonNull(traffic).hasUnread()) {
			// An answer to no request, which would be taken for the answer to this one
			connection.socket().close();
		}
		long received = (traffic != null) ? traffic.received() : 0;
		long sent = this.time.nanos();
		body.mayBeSentAgain = false;
		try {
			Response response = chain.proceed(request);
			body.mayBeSentAgain = !isRetry(response.code());
			return response;
		}
		catch (IOException ex) {
			boolean unanswered = used && (http2 || Objects.requireNonNull(traffic).received() == received)
					&& this.time.nanos() - sent < this.refusedWithinNanos;
			body.mayBeSentAgain = unanswered || isRefused(ex);
			throw ex;
		}
	}

	/**
	 * What the client would repeat as if nothing had failed; the others it repeats to log
	 * in at a proxy.
	 */
	private static boolean isRetry(int status) {
		return status == 408 || status == 503;
	}

	private static boolean isRefused(IOException ex) {
		String message = ex.getMessage();
		return message != null && message.contains(REFUSED_STREAM);
	}

	/**
	 * Written once, unless it has been permitted to be written again. The client asks
	 * after each exchange.
	 */
	private static final class GuardedBody extends RequestBody {

		private final RequestBody body;

		private boolean mayBeSentAgain = true;

		GuardedBody(RequestBody body) {
			this.body = body;
		}

		@Override
		public @Nullable MediaType contentType() {
			return this.body.contentType();
		}

		@Override
		public long contentLength() throws IOException {
			return this.body.contentLength();
		}

		@Override
		public boolean isOneShot() {
			return !this.mayBeSentAgain || this.body.isOneShot();
		}

		@Override
		public void writeTo(BufferedSink sink) throws IOException {
			this.body.writeTo(sink);
		}

	}

}
