package io.github.agentresilience.llm.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;

import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

import org.jspecify.annotations.Nullable;

/**
 * A TLS socket of the JDK whose decrypted bytes are counted. It does nothing but
 * delegate: only within the socket is it known what is content and what belongs to the
 * encryption, such as the notice with which a server closes.
 */
final class CountedTlsSocket extends SSLSocket implements SocketTraffic.Source {

	private final SSLSocket tls;

	private @Nullable SocketTraffic traffic;

	CountedTlsSocket(SSLSocket tls) {
		this.tls = tls;
	}

	@Override
	public synchronized SocketTraffic traffic() throws IOException {
		if (this.traffic == null) {
			this.traffic = new SocketTraffic(this.tls.getInputStream());
		}
		return this.traffic;
	}

	@Override
	public InputStream getInputStream() throws IOException {
		return traffic().in();
	}

	@Override
	public String[] getSupportedCipherSuites() {
		return this.tls.getSupportedCipherSuites();
	}

	@Override
	public String[] getEnabledCipherSuites() {
		return this.tls.getEnabledCipherSuites();
	}

	@Override
	public void setEnabledCipherSuites(String[] suites) {
		this.tls.setEnabledCipherSuites(suites);
	}

	@Override
	public String[] getSupportedProtocols() {
		return this.tls.getSupportedProtocols();
	}

	@Override
	public String[] getEnabledProtocols() {
		return this.tls.getEnabledProtocols();
	}

	@Override
	public void setEnabledProtocols(String[] protocols) {
		this.tls.setEnabledProtocols(protocols);
	}

	@Override
	public SSLSession getSession() {
		return this.tls.getSession();
	}

	@Override
	public SSLSession getHandshakeSession() {
		return this.tls.getHandshakeSession();
	}

	@Override
	public SSLParameters getSSLParameters() {
		return this.tls.getSSLParameters();
	}

	@Override
	public void setSSLParameters(SSLParameters parameters) {
		this.tls.setSSLParameters(parameters);
	}

	@Override
	public String getApplicationProtocol() {
		return this.tls.getApplicationProtocol();
	}

	@Override
	public String getHandshakeApplicationProtocol() {
		return this.tls.getHandshakeApplicationProtocol();
	}

	@Override
	public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
		this.tls.addHandshakeCompletedListener(listener);
	}

	@Override
	public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
		this.tls.removeHandshakeCompletedListener(listener);
	}

	@Override
	public void startHandshake() throws IOException {
		this.tls.startHandshake();
	}

	@Override
	public void setUseClientMode(boolean mode) {
		this.tls.setUseClientMode(mode);
	}

	@Override
	public boolean getUseClientMode() {
		return this.tls.getUseClientMode();
	}

	@Override
	public void setNeedClientAuth(boolean need) {
		this.tls.setNeedClientAuth(need);
	}

	@Override
	public boolean getNeedClientAuth() {
		return this.tls.getNeedClientAuth();
	}

	@Override
	public void setWantClientAuth(boolean want) {
		this.tls.setWantClientAuth(want);
	}

	@Override
	public boolean getWantClientAuth() {
		return this.tls.getWantClientAuth();
	}

	@Override
	public void setEnableSessionCreation(boolean flag) {
		this.tls.setEnableSessionCreation(flag);
	}

	@Override
	public boolean getEnableSessionCreation() {
		return this.tls.getEnableSessionCreation();
	}

	@Override
	public OutputStream getOutputStream() throws IOException {
		return this.tls.getOutputStream();
	}

	@Override
	public void close() throws IOException {
		this.tls.close();
	}

	@Override
	public boolean isClosed() {
		return this.tls.isClosed();
	}

	@Override
	public boolean isConnected() {
		return this.tls.isConnected();
	}

	@Override
	public boolean isBound() {
		return this.tls.isBound();
	}

	@Override
	public void shutdownInput() throws IOException {
		this.tls.shutdownInput();
	}

	@Override
	public void shutdownOutput() throws IOException {
		this.tls.shutdownOutput();
	}

	@Override
	public boolean isInputShutdown() {
		return this.tls.isInputShutdown();
	}

	@Override
	public boolean isOutputShutdown() {
		return this.tls.isOutputShutdown();
	}

	@Override
	public void setSoTimeout(int millis) throws SocketException {
		this.tls.setSoTimeout(millis);
	}

	@Override
	public int getSoTimeout() throws SocketException {
		return this.tls.getSoTimeout();
	}

	@Override
	public InetAddress getInetAddress() {
		return this.tls.getInetAddress();
	}

	@Override
	public InetAddress getLocalAddress() {
		return this.tls.getLocalAddress();
	}

	@Override
	public int getPort() {
		return this.tls.getPort();
	}

	@Override
	public int getLocalPort() {
		return this.tls.getLocalPort();
	}

	@Override
	public SocketAddress getRemoteSocketAddress() {
		return this.tls.getRemoteSocketAddress();
	}

	@Override
	public SocketAddress getLocalSocketAddress() {
		return this.tls.getLocalSocketAddress();
	}

	@Override
	public String toString() {
		return this.tls.toString();
	}

}
