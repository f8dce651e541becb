package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

import org.jspecify.annotations.Nullable;

/**
 * Creates the sockets of an HTTP client, whose {@link SocketTraffic} is counted.
 */
public final class CountedSockets extends SocketFactory {

	/**
	 * The HTTP client looks at the class of other providers' sockets, so a wrapper would
	 * cost them HTTP/2.
	 */
	private static final String TLS_OF_THE_JDK = "sun.security.ssl.";

	@Override
	public Socket createSocket() {
		return new PlainSocket();
	}

	@Override
	public Socket createSocket(String host, int port) throws IOException {
		return new Socket(host, port);
	}

	@Override
	public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
		return new Socket(host, port, localHost, localPort);
	}

	@Override
	public Socket createSocket(InetAddress host, int port) throws IOException {
		return new Socket(host, port);
	}

	@Override
	public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
		return new Socket(host, port, localHost, localPort);
	}

	/** The same for connections with TLS. */
	static SSLSocketFactory overTls(SSLSocketFactory factory) {
		return new Tls(factory);
	}

	private static final class PlainSocket extends Socket implements SocketTraffic.Source {

		private @Nullable SocketTraffic traffic;

		@Override
		public InputStream getInputStream() throws IOException {
			return traffic().in();
		}

		@Override
		public synchronized SocketTraffic traffic() throws IOException {
			if (this.traffic == null) {
				this.traffic = new SocketTraffic(super.getInputStream());
			}
			return this.traffic;
		}

	}

	private static final class Tls extends SSLSocketFactory {

		private final SSLSocketFactory factory;

		Tls(SSLSocketFactory factory) {
			this.factory = factory;
		}

		@Override
		public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
			Socket created = this.factory.createSocket(socket, host, port, autoClose);
			return (created instanceof SSLSocket tls && tls.getClass().getName().startsWith(TLS_OF_THE_JDK))
					? new CountedTlsSocket(tls) : created;
		}

		@Override
		public Socket createSocket(String host, int port) throws IOException {
			return this.factory.createSocket(host, port);
		}

		@Override
		public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
			return this.factory.createSocket(host, port, localHost, localPort);
		}

		@Override
		public Socket createSocket(InetAddress host, int port) throws IOException {
			return this.factory.createSocket(host, port);
		}

		@Override
		public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
				throws IOException {
			return this.factory.createSocket(address, port, localAddress, localPort);
		}

		@Override
		public String[] getDefaultCipherSuites() {
			return this.factory.getDefaultCipherSuites();
		}

		@Override
		public String[] getSupportedCipherSuites() {
			return this.factory.getSupportedCipherSuites();
		}

	}

}
