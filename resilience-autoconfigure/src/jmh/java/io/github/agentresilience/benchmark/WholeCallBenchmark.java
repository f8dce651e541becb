package io.github.agentresilience.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.github.agentresilience.support.TestApplication;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What a whole call costs with the starter beside the same application with plain Spring AI: 16 threads ask a provider
 * on loopback that answers at once. Provider and both applications are processes of their own; the applications have
 * the same flags and take turns, round by round, so that a busy machine hits both. What is measured is an application
 * that has run for a while: the rounds begin when the JIT compiler has little left to do in either. Prints throughput,
 * CPU and allocation per call, and their ratios, which are the medians of the rounds.
 *
 * <p>
 * Arguments: {@code model} or {@code client} for what is called, {@code bare} or {@code bare-client} for an application
 * without meters, observations and tracing, and flags for the applications' JVMs, in which <code>{variant}</code> stands
 * for {@code with} or {@code without}.
 */
public final class WholeCallBenchmark {

	private static final int THREADS = 16;

	private static final int ROUNDS = 20;

	private static final int ROUND_MILLIS = 1_000;

	private static final int WARM_UP_MILLIS = 3_000;

	private static final int MOST_WARM_UPS = 40;

	/** Until then the compiler has not seen enough, however little it does. */
	private static final long WARM_UP_CALLS = 200_000;

	/** The share of the CPU that the compiler may take yet. */
	private static final double WARM = 0.03;

	/** What begins a line that the parent reads. */
	static final String ANSWER = "> ";

	private static final String WITH = "with";

	private static final String WITHOUT = "without";

	/** Jars without which nothing is observed. */
	private static final Pattern OBSERVING = Pattern.compile("(spring-boot-(starter-)?(actuator|micrometer|opentelemetry|"
			+ "health|webmvc|tomcat)|micrometer-(tracing|registry)|opentelemetry|prometheus|tomcat|spring-security-web"
			+ "|spring-security-config).*");

	private WholeCallBenchmark() {
	}

	public static void main(String[] args) throws IOException {
		List<String> flags = Arrays.stream(args).filter((arg) -> arg.startsWith("-")).toList();
		List<String> wishes = Arrays.stream(args).filter((arg) -> !arg.startsWith("-")).toList();
		try (Child provider = Child.start(System.getProperty("java.class.path"), List.of(), ImmediateProvider.class, List.of())) {
			String port = provider.answer();
			try (Child with = application(WITH, port, wishes, flags);
					Child without = application(WITHOUT, port, wishes, flags)) {
				with.answer();
				without.answer();
				warmUp(with, without);
				List<Measured> own = new ArrayList<>();
				List<Measured> plain = new ArrayList<>();
				for (int i = 0; i < ROUNDS; i++) {
					own.add(with.measure(ROUND_MILLIS));
					plain.add(without.measure(ROUND_MILLIS));
					System.out.printf(Locale.ROOT, "round %d   with %s   without %s%n", i + 1, own.get(i),
							plain.get(i));
				}
				System.out.printf(Locale.ROOT,
						"with / without, median of %d rounds: throughput %.2f, CPU per call %.2f, allocation %.2f%n",
						ROUNDS, median(own, plain, Measured::callsPerSecond), median(own, plain, Measured::cpuMicros),
						median(own, plain, Measured::allocated));
			}
		}
	}

	/** Both take turns here too, so that neither has the machine to itself for longer. */
	private static void warmUp(Child with, Child without) {
		long calls = 0;
		for (int i = 0; i < MOST_WARM_UPS; i++) {
			Measured own = with.measure(WARM_UP_MILLIS);
			Measured plain = without.measure(WARM_UP_MILLIS);
			calls += Math.min(own.calls(), plain.calls());
			if (calls >= WARM_UP_CALLS && own.compilerShare() < WARM && plain.compilerShare() < WARM) {
				return;
			}
		}
		System.out.println("The compiler is still at work; quote these figures with care");
	}

	private static Child application(String variant, String port, List<String> wishes, List<String> flags)
			throws IOException {
		List<String> args = new ArrayList<>(List.of(variant, port));
		args.addAll(wishes);
		List<String> own = new ArrayList<>();
		flags.forEach((flag) -> own.add(flag.replace("{variant}", variant)));
		String classPath = System.getProperty("java.class.path");
		if (wishes.stream().anyMatch((wish) -> wish.startsWith("bare"))) {
			classPath = Arrays.stream(classPath.split(File.pathSeparator))
				.filter((jar) -> !OBSERVING.matcher(Path.of(jar).getFileName().toString()).matches())
				.collect(Collectors.joining(File.pathSeparator));
		}
		return Child.start(classPath, own, Application.class, args);
	}

	private static double median(List<Measured> own, List<Measured> plain,
			ToDoubleFunction<Measured> figure) {
		double[] ratios = new double[own.size()];
		for (int i = 0; i < ratios.length; i++) {
			ratios[i] = figure.applyAsDouble(own.get(i)) / figure.applyAsDouble(plain.get(i));
		}
		Arrays.sort(ratios);
		return ratios[ratios.length / 2];
	}

	/** The application, which runs rounds as it is told. */
	static final class Application {

		private static final OperatingSystemMXBean SYSTEM = ManagementFactory
			.getPlatformMXBean(OperatingSystemMXBean.class);

		private static final ThreadMXBean THREADS_OF_JVM = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

		private Application() {
		}

		public static void main(String[] args) throws Exception {
			PrintStream out = System.out;
			System.setOut(System.err);
			String url = "http://127.0.0.1:" + args[1] + "/v1";
			List<String> wishes = Arrays.asList(args);
			List<String> properties = new ArrayList<>(args[0].equals(WITH)
					? List.of("resilience.llm.targets.a.base-url=" + url, "resilience.llm.targets.a.model=m",
							"resilience.llm.targets.a.api-key=not-a-secret")
					: List.of("spring.ai.openai.base-url=" + url, "spring.ai.openai.chat.model=m",
							"spring.ai.openai.chat.options.model=m", "spring.ai.openai.api-key=not-a-secret",
							"resilience.enabled=false"));
			try (ConfigurableApplicationContext context = TestApplication.run(properties)) {
				ChatModel model = context.getBean(ChatModel.class);
				ChatClient client = context.getBean(ChatClient.Builder.class).build();
				Prompt prompt = new Prompt("How are you?");
				Runnable call = wishes.stream().anyMatch((wish) -> wish.endsWith("client")) ? () -> client.prompt("How are you?").call().content()
						: () -> model.call(prompt);
				out.println(ANSWER + "ready");
				BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
				for (String line = in.readLine(); line != null; line = in.readLine()) {
					out.println(ANSWER + round(call, Long.parseLong(line)));
				}
			}
			System.exit(0);
		}

		/** What the threads of the JIT compiler have used, 0 where the system does not say. */
		private static long compilerNanos() {
			long nanos = 0;
			File[] threads = Objects.requireNonNullElse(new File("/proc/self/task").listFiles(), new File[0]);
			for (File thread : threads) {
				try {
					if (Files.readString(thread.toPath().resolve("comm")).matches("C[12] CompilerThr.*\\s*")) {
						nanos += Long.parseLong(Files.readString(thread.toPath().resolve("schedstat")).split(" ")[0]);
					}
				}
				catch (IOException ex) {
					// It has ended
				}
			}
			return nanos;
		}

		private static String round(Runnable call, long millis) throws InterruptedException {
			LongAdder calls = new LongAdder();
			LongAdder allocated = new LongAdder();
			long compiler = compilerNanos();
			long cpu = SYSTEM.getProcessCpuTime();
			long begin = System.nanoTime();
			long end = begin + millis * 1_000_000;
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				Thread thread = new Thread(() -> {
					long before = THREADS_OF_JVM.getCurrentThreadAllocatedBytes();
					long own = 0;
					while (System.nanoTime() < end) {
						call.run();
						own++;
					}
					calls.add(own);
					allocated.add(THREADS_OF_JVM.getCurrentThreadAllocatedBytes() - before);
				});
				threads.add(thread);
				thread.start();
			}
			for (Thread thread : threads) {
				thread.join();
			}
			long used = SYSTEM.getProcessCpuTime() - cpu;
			long compiled = compilerNanos() - compiler;
			return calls.sum() + " " + (System.nanoTime() - begin) + " " + (used - compiled) + " " + compiled + " "
					+ allocated.sum();
		}

	}

	private record Measured(long calls, long nanos, long cpuNanos, long compilerNanos, long allocatedBytes) {

		static Measured of(String line) {
			long[] figures = Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
			return new Measured(figures[0], figures[1], figures[2], figures[3], figures[4]);
		}

		double callsPerSecond() {
			return this.calls * 1e9 / this.nanos;
		}

		double cpuMicros() {
			return this.cpuNanos / 1e3 / this.calls;
		}

		/** Of the compiler alone, until it has seen enough. */
		double compilerMicros() {
			return this.compilerNanos / 1e3 / this.calls;
		}

		double compilerShare() {
			return (double) this.compilerNanos / (this.cpuNanos + this.compilerNanos);
		}

		double allocated() {
			return (double) this.allocatedBytes / this.calls;
		}

		@Override
		public String toString() {
			return String.format(Locale.ROOT, "%6.0f calls/s %4.0f us CPU/call (+%.0f JIT) %6.0f B/call",
					callsPerSecond(), cpuMicros(), compilerMicros(), allocated());
		}

	}

	/** A JVM of its own, which is asked and answers by lines. */
	private static final class Child implements AutoCloseable {

		private final Process process;

		private final BufferedReader out;

		private final PrintStream in;

		private Child(Process process) {
			this.process = process;
			this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
			this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
		}

		static Child start(String classPath, List<String> flags, Class<?> main, List<String> args) throws IOException {
			List<String> command = new ArrayList<>(
					List.of(ProcessHandle.current().info().command().orElse("java"), "-Xms512m", "-Xmx512m",
							"-XX:-UseDynamicNumberOfCompilerThreads", "-cp",
							classPath));
			command.addAll(flags);
			command.add(main.getName());
			command.addAll(args);
			return new Child(new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
		}

		String answer() throws IOException {
			String line = this.out.readLine();
			while (line != null && !line.startsWith(ANSWER)) {
				line = this.out.readLine();
			}
			if (line == null) {
				throw new IOException("The process has ended");
			}
			return line.substring(ANSWER.length());
		}

		Measured measure(long millis) {
			this.in.println(millis);
			try {
				return Measured.of(answer());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@Override
		public void close() {
			this.in.close();
			try {
				if (!this.process.waitFor(10, TimeUnit.SECONDS)) {
					this.process.destroyForcibly();
				}
			}
			catch (InterruptedException ex) {
				this.process.destroyForcibly();
				Thread.currentThread().interrupt();
			}
		}

	}

}
