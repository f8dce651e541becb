package io.github.agentresilience.support;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * Stands in front of an MCP server and spoils its {@code tools/call} requests.
 */
public final class McpFaults implements Filter {

	private volatile int status;

	private volatile boolean garbage;

	private volatile boolean cut;

	private volatile boolean noLists;

	private volatile boolean noResponse;

	private volatile int refusedGets;

	private volatile Duration lateTools = Duration.ZERO;

	private final AtomicInteger toolsBegun = new AtomicInteger();

	private volatile Duration slowRefusals = Duration.ZERO;

	private volatile String jsonRpcError;

	private volatile boolean toolsFail;

	private volatile Duration toolDelay = Duration.ZERO;

	private volatile Random random;

	private final List<String> received = new CopyOnWriteArrayList<>();

	private final Map<String, UnaryOperator<String>> answers = new ConcurrentHashMap<>();

	/**
	 * Answers the requests of a method in the server's place.
	 * @param answer from the request's body the member {@code "result"} or
	 * {@code "error"} of the response, {@code null} where the server answers after all
	 */
	public void answers(String method, UnaryOperator<String> answer) {
		this.answers.put(method, answer);
	}

	/** Refuses, loses or delays calls at random, before and after the tool has run. */
	public void randomly(long seed) {
		this.random = new Random(seed);
	}

	/** How many messages of a method have been received. */
	public long received(String method) {
		return this.received.stream().filter((body) -> body.contains("\"method\":\"" + method + "\"")).count();
	}

	/** Answers with an HTTP status. */
	public void status(int status) {
		this.status = status;
	}

	/** Answers with a body that is no JSON. */
	public void garbage() {
		this.garbage = true;
	}

	/** Refuses to list tools. */
	public void noLists() {
		this.noLists = true;
	}

	/** Breaks the connection in the middle of the answer. */
	public void cut() {
		this.cut = true;
	}

	/**
	 * Begins to answer as an event stream, tells of progress, and ends without the
	 * response.
	 */
	public void noResponse() {
		this.noResponse = true;
	}

	/** Has no stream of its own, and says so with this status instead of 405. */
	public void refuseGets(int status) {
		this.refusedGets = status;
	}

	/** Begins to refuse unknown sessions at once, and takes its time over the body. */
	public void slowRefusals(Duration delay) {
		this.slowRefusals = delay;
	}

	/** Looks at the next call of a tool at once, and at all others only after a while. */
	public void lateToAllButOne(Duration delay) {
		this.toolsBegun.set(0);
		this.lateTools = delay;
	}

	private static void breakOff(HttpServletResponse answer) throws IOException {
		answer.setContentType("application/json");
		answer.setContentLength(1_000);
		answer.getOutputStream().write('{');
		answer.flushBuffer();
		throw new IOException("the connection breaks");
	}

	/** Answers with a JSON-RPC error. */
	public void jsonRpcError(int code, String message) {
		this.jsonRpcError = "{\"code\":" + code + ",\"message\":\"" + message + "\"}";
	}

	/** Makes every tool answer {@code isError}. */
	public void toolErrors() {
		this.toolsFail = true;
	}

	/** Makes every tool take its time. */
	public void delayTools(Duration delay) {
		this.toolDelay = delay;
	}

	/** Takes all faults away. */
	public void heal() {
		this.status = 0;
		this.garbage = false;
		this.cut = false;
		this.noLists = false;
		this.noResponse = false;
		this.jsonRpcError = null;
		this.toolsFail = false;
		this.toolDelay = Duration.ZERO;
		this.random = null;
		this.answers.clear();
	}

	boolean toolsFail() {
		return this.toolsFail;
	}

	Duration toolDelay() {
		return this.toolDelay;
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		byte[] body = request.getInputStream().readAllBytes();
		String text = new String(body, StandardCharsets.UTF_8);
		HttpServletResponse answer = (HttpServletResponse) response;
		if (this.noLists && text.contains("\"tools/list\"")) {
			answer.sendError(503);
			return;
		}
		this.received.add(text);
		if (this.refusedGets != 0 && ((HttpServletRequest) request).getMethod().equals("GET")) {
			answer.sendError(this.refusedGets);
			return;
		}
		if (!this.lateTools.isZero() && text.contains("\"tools/call\"") && this.toolsBegun.getAndIncrement() > 0) {
			LockSupport.parkNanos(this.lateTools.toNanos());
		}
		if (!this.slowRefusals.isZero() && text.contains("\"tools/call\"")) {
			chain.doFilter(new Reread((HttpServletRequest) request, body), new SlowRefusal(answer, this.slowRefusals));
			return;
		}
		for (Map.Entry<String, UnaryOperator<String>> each : this.answers.entrySet()) {
			if (text.contains("\"method\":\"" + each.getKey() + "\"")) {
				String member = each.getValue().apply(text);
				if (member != null) {
					answer(answer, text, member);
					return;
				}
			}
		}
		Random dice = this.random;
		int drawn = (dice != null && text.contains("\"tools/call\"")) ? dice.nextInt(10) : -1;
		if (drawn == 0) {
			answer.sendError(503);
			return;
		}
		if (drawn == 1 || drawn == 2) {
			// The tool runs, but its caller does not learn of it
			chain.doFilter(new Reread((HttpServletRequest) request, body), new Swallowed(answer));
			answer.reset();
			if (drawn == 1) {
				answer.sendError(502);
				return;
			}
			breakOff(answer);
		}
		if (!text.contains("\"tools/call\"")) {
			chain.doFilter(new Reread((HttpServletRequest) request, body), response);
		}
		else if (this.status != 0) {
			answer.sendError(this.status);
		}
		else if (this.cut) {
			breakOff(answer);
		}
		else if (this.noResponse) {
			answer.setContentType("text/event-stream");
			answer.getWriter()
				.write("event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":"
						+ "{\"level\":\"info\",\"data\":\"working\"}}\n\n");
		}
		else if (this.garbage) {
			answer.setContentType("application/json");
			answer.getWriter().write("<html>this is no JSON</html>");
		}
		else if (this.jsonRpcError != null) {
			answer(answer, text, "\"error\":" + this.jsonRpcError);
		}
		else {
			chain.doFilter(new Reread((HttpServletRequest) request, body), response);
		}
	}

	/** Sends the head of a refusal before its body. */
	private static final class SlowRefusal extends HttpServletResponseWrapper {

		private final Duration delay;

		SlowRefusal(HttpServletResponse response, Duration delay) {
			super(response);
			this.delay = delay;
		}

		@Override
		public PrintWriter getWriter() throws IOException {
			if (getStatus() >= 400) {
				flushBuffer();
				LockSupport.parkNanos(this.delay.toNanos());
			}
			return super.getWriter();
		}

	}

	private static void answer(HttpServletResponse response, String request, String member) throws IOException {
		int from = request.indexOf("\"id\":\"") + 6;
		response.setContentType("application/json");
		response.getWriter()
			.write("{\"jsonrpc\":\"2.0\",\"id\":\"" + request.substring(from, request.indexOf('"', from)) + "\","
					+ member + "}");
	}

	/** Takes an answer and keeps it. */
	private static final class Swallowed extends HttpServletResponseWrapper {

		Swallowed(HttpServletResponse response) {
			super(response);
		}

		@Override
		public PrintWriter getWriter() {
			return new PrintWriter(OutputStream.nullOutputStream());
		}

		@Override
		public ServletOutputStream getOutputStream() {
			return new ServletOutputStream() {

				@Override
				public void write(int b) {
					// It must not be seen
				}

				@Override
				public boolean isReady() {
					return true;
				}

				@Override
				public void setWriteListener(WriteListener listener) {
					throw new IllegalStateException("written at once");
				}

			};
		}

		@Override
		public void flushBuffer() {
			// It must not be seen
		}

	}

	private static final class Reread extends HttpServletRequestWrapper {

		private final ByteArrayInputStream body;

		Reread(HttpServletRequest request, byte[] body) {
			super(request);
			this.body = new ByteArrayInputStream(body);
		}

		@Override
		public ServletInputStream getInputStream() {
			return new ServletInputStream() {

				@Override
				public int read() {
					return Reread.this.body.read();
				}

				@Override
				public boolean isFinished() {
					return Reread.this.body.available() == 0;
				}

				@Override
				public boolean isReady() {
					return true;
				}

				@Override
				public void setReadListener(ReadListener listener) {
					throw new IllegalStateException("read at once");
				}

			};
		}

		@Override
		public BufferedReader getReader() {
			return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
		}

	}

}
