package io.github.agentresilience.support;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * A certificate of loopback, made for this run, and who trusts it.
 */
public final class TestCertificate {

	private static final char[] PASSWORD = "changeit".toCharArray();

	private final SSLContext tls;

	private final X509TrustManager trust;

	private final KeyStore store;

	/** Makes one. */
	public TestCertificate() throws Exception {
		Path file = Files.createTempDirectory("certificate").resolve("keys.p12");
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "loopback", "-keyalg", "EC", "-dname", "CN=loopback", "-ext",
				"san=ip:127.0.0.1,dns:localhost", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass",
				new String(PASSWORD))
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
			throw new IllegalStateException("keytool made no certificate");
		}
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(file)) {
			store.load(in, PASSWORD);
		}
		Files.delete(file);
		Files.delete(file.getParent());
		this.store = store;
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(store, PASSWORD);
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, PASSWORD);
		trusted.setCertificateEntry("loopback", store.getCertificate("loopback"));
		TrustManagerFactory trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trusts.init(trusted);
		this.trust = (X509TrustManager) trusts.getTrustManagers()[0];
		this.tls = SSLContext.getInstance("TLS");
		this.tls.init(keys.getKeyManagers(), trusts.getTrustManagers(), null);
	}

	/**
	 * Writes it for servers that read PEM.
	 * @return the file with the certificate; that with the key lies beside it
	 */
	public Path writePem(Path folder) throws Exception {
		Files.writeString(folder.resolve("key.pem"),
				pem("PRIVATE KEY", this.store.getKey("loopback", PASSWORD).getEncoded()));
		return Files.writeString(folder.resolve("certificate.pem"),
				pem("CERTIFICATE", this.store.getCertificate("loopback").getEncoded()));
	}

	private static String pem(String kind, byte[] bytes) {
		return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(bytes)
				+ "\n-----END " + kind + "-----\n";
	}

	/** For a server that has it and a client that trusts it. */
	public SSLContext tls() {
		return this.tls;
	}

	public X509TrustManager trust() {
		return this.trust;
	}

}
