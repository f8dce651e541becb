package io.github.agentresilience.llm.internal.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Counts what has come over one connection, after decryption: enough to tell a connection
 * that was closed while it was idle from one whose server has begun to answer. Not safe
 * for several threads; HTTP/1 sends one request at a time.
 */
final class SocketTraffic {

	private final InputStream in;

	private long received;

	private boolean used;

	SocketTraffic(InputStream in) {
		this.in = new Counting(in);
	}

	/** The stream to read from. */
	InputStream in() {
		return this.in;
	}

	/** How many bytes have been read. */
	long received() {
		return this.received;
	}

	/**
	 * A request is about to be sent.
	 * @return whether another one was sent before
	 */
	boolean beginRequest() {
		boolean before = this.used;
		this.used = true;
		return before;
	}

	/**
	 * Whether the server has sent bytes that answer no request, such as a 408 before it
	 * closes an idle connection.
	 */
	boolean hasUnread() throws IOException {
		return this.in.available() > 0;
	}

	/** A socket whose traffic is counted. */
	interface Source {

		SocketTraffic traffic() throws IOException;

	}

	private final class Counting extends FilterInputStream {

		Counting(InputStream in) {
			super(in);
		}

		@Override
		public int read() throws IOException {
			int next = super.read();
			if (next >= 0) {
				SocketTraffic.this.received++;
			}
			return next;
		}

		@Override
		public int read(byte[] buffer, int offset, int length) throws IOException {
			int count = super.read(buffer, offset, length);
			if (count > 0) {
				SocketTraffic.this.received += count;
			}
			return count;
		}

	}

}
