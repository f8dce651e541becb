package io.github.agentresilience.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Stands before a server, and can say nothing more without closing a connection, or pass
 * on late what the server answers, as a network does that breaks.
 */
public final class SilentProxy implements AutoCloseable {

	private final ServerSocket listening;

	private final int port;

	private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

	private volatile boolean silent;

	private volatile long lateMillis;

	/**
	 * A proxy on a free port.
	 * @param port of the server
	 */
	public SilentProxy(int port) {
		this.port = port;
		try {
			this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		thread(this::accept);
	}

	private static void thread(Runnable task) {
		Thread thread = new Thread(task, "silent-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	public int port() {
		return this.listening.getLocalPort();
	}

	/** From now on nothing gets through, on connections that there are and new ones. */
	public void goSilent() {
		this.silent = true;
	}

	/** New connections get through; those from before stay silent. */
	public void speak() {
		this.silent = false;
	}

	/** Whatever the server answers comes so much later. */
	public void answerLate(long millis) {
		this.lateMillis = millis;
	}

	private void accept() {
		try {
			while (true) {
				Socket client = this.listening.accept();
				this.sockets.add(client);
				if (this.silent) {
					continue;
				}
				Socket server = new Socket(InetAddress.getLoopbackAddress(), this.port);
				server.setTcpNoDelay(true);
				client.setTcpNoDelay(true);
				this.sockets.add(server);
				Pipe pipe = new Pipe();
				thread(() -> pipe.pass(client, server, false));
				thread(() -> pipe.pass(server, client, true));
			}
		}
		catch (IOException closed) {
			// It ends
		}
	}

	@Override
	public void close() {
		closeQuietly(this.listening);
		this.sockets.forEach(SilentProxy::closeQuietly);
	}

	private static void closeQuietly(AutoCloseable each) {
		try {
			each.close();
		}
		catch (Exception closed) {
			// It is
		}
	}

	/** One connection. */
	private final class Pipe {

		private volatile boolean dead;

		void pass(Socket from, Socket to, boolean answer) {
			byte[] buffer = new byte[16_384];
			try {
				InputStream in = from.getInputStream();
				OutputStream out = to.getOutputStream();
				for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
					this.dead |= SilentProxy.this.silent;
					if (this.dead) {
						continue;
					}
					if (answer && SilentProxy.this.lateMillis > 0) {
						TimeUnit.MILLISECONDS.sleep(SilentProxy.this.lateMillis);
					}
					out.write(buffer, 0, read);
					out.flush();
				}
				closeQuietly(to);
			}
			catch (IOException closed) {
				closeQuietly(to);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
