package io.github.agentresilience.support;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;

/**
 * Stands in front of an MCP server and spoils its {@code tools/call} requests.
 */
public final class McpFaults implements Filter {

	private volatile int status;

	private volatile boolean garbage;

	private volatile String jsonRpcError;

	private volatile boolean toolsFail;

	private volatile Duration toolDelay = Duration.ZERO;

	/** Answers with an HTTP status. */
	public void status(int status) {
		this.status = status;
	}

	/** Answers with a body that is no JSON. */
	public void garbage() {
		this.garbage = true;
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
		this.jsonRpcError = null;
		this.toolsFail = false;
		this.toolDelay = Duration.ZERO;
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
		if (!text.contains("\"tools/call\"")) {
			chain.doFilter(new Reread((HttpServletRequest) request, body), response);
		}
		else if (this.status != 0) {
			answer.sendError(this.status);
		}
		else if (this.garbage) {
			answer.setContentType("application/json");
			answer.getWriter().write("<html>this is no JSON</html>");
		}
		else if (this.jsonRpcError != null) {
			int from = text.indexOf("\"id\":\"") + 6;
			answer.setContentType("application/json");
			answer.getWriter()
				.write("{\"jsonrpc\":\"2.0\",\"id\":\"" + text.substring(from, text.indexOf('"', from)) + "\",\"error\":"
						+ this.jsonRpcError + "}");
		}
		else {
			chain.doFilter(new Reread((HttpServletRequest) request, body), response);
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
