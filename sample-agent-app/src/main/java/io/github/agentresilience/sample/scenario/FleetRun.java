package io.github.agentresilience.sample.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import io.github.agentresilience.sample.Agent;
import io.github.agentresilience.sample.operator.Actuator;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Several instances of the agent on one Redis, which learn of an outage once.
 */
public final class FleetRun {

	private static final String TARGET = "gateway-8b";

	private static final String REPOSITORIES = "org.springframework.boot.data.redis.autoconfigure.DataRedisRepositoriesAutoConfiguration";

	private static final int MOST = 10;

	private static final long LONGEST_SECONDS = 20;

	private FleetRun() {
	}

	/**
	 * Starts them, breaks the primary of all, mends it, and says what that cost.
	 * @param args the option, the number of instances, any Spring Boot options
	 * @param start starts one
	 * @return whether every call was answered and all instances learnt of both
	 */
	public static boolean run(String[] args, Function<String[], ConfigurableApplicationContext> start) {
		int number = (args.length > 1 && args[1].matches("[1-9]\\d?")) ? Integer.parseInt(args[1]) : 0;
		if (number < 1 || number > MOST) {
			System.out.println("--fleet wants the number of instances, 1 to " + MOST + ", such as --fleet 3");
			return false;
		}
		Path executable = LocalRedis.executable();
		if (executable == null) {
			System.out.println("There is no redis-server on the path, nor a valkey-server. Install one to see a fleet, "
					+ "for instance with: apt-get install redis-server");
			return false;
		}
		try (LocalRedis redis = LocalRedis.start(executable)) {
			return run(number, redis, Arrays.copyOfRange(args, 2, args.length), start);
		}
		catch (IOException ex) {
			System.out.println("Redis cannot be started: " + ex.getMessage());
			return false;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private static boolean run(int number, LocalRedis redis, String[] more,
			Function<String[], ConfigurableApplicationContext> start) throws InterruptedException {
		List<String> options = new ArrayList<>(
				List.of("--server.port=0", "--resilience.fleet.enabled=true", "--spring.data.redis.host=127.0.0.1",
						"--spring.data.redis.port=" + redis.port(), "--spring.autoconfigure.exclude=" + REPOSITORIES,
						"--resilience.llm.breaker.open-for=3s", "--logging.level.io.github.agentresilience.events=off",
						"--logging.level.org.apache.tomcat.util.modeler=error"));
		options.addAll(List.of(more));
		List<Instance> instances = new ArrayList<>();
		ScheduledExecutorService callers = Executors.newScheduledThreadPool(2 * number);
		try {
			for (int i = 0; i < number; i++) {
				instances.add(new Instance(start.apply(options.toArray(String[]::new))));
			}
			instances.forEach((each) -> each.agent.ask("Are you there?"));
			instances.forEach((each) -> callers.scheduleAtFixedRate(each::ask, 0, 200, TimeUnit.MILLISECONDS));
			TimeUnit.SECONDS.sleep(2);
			return tell(instances);
		}
		finally {
			callers.shutdownNow();
			callers.awaitTermination(5, TimeUnit.SECONDS);
			instances.forEach((each) -> each.context.close());
		}
	}

	private static boolean tell(List<Instance> instances) throws InterruptedException {
		long broken = System.nanoTime();
		instances.get(0).actuator
			.inject(Map.of("fault", "random", "rate", "1.0", "layer", "llm", "target", TARGET, "scope", "fleet"));
		boolean opened = await(instances, CircuitBreaker.State.OPEN, broken);
		System.out.printf("%d instances, %s fails on all of them.%n%n", instances.size(), TARGET);
		System.out.printf("| instance | breaker open after ms | failed attempts |%n|---|---:|---:|%n");
		long failed = 0;
		for (Instance each : instances) {
			long own = each.actuator.scorecard().llm().targets().get(TARGET).failed();
			failed += own;
			System.out.printf("| %d | %d | %d |%n", instances.indexOf(each) + 1, each.millisTo(broken), own);
		}
		System.out.printf("%nTogether: %d failed attempts until all knew of it.%n", failed);
		long mended = System.nanoTime();
		instances.get(0).actuator.removeFaults();
		boolean closed = await(instances, CircuitBreaker.State.CLOSED, mended);
		long last = instances.stream().mapToLong((each) -> each.millisTo(mended)).max().orElse(0);
		int lost = instances.stream().mapToInt((each) -> each.lost.get()).sum();
		System.out.printf("%s is back: all breakers are closed after %d ms. Calls that were not answered: %d%n", TARGET,
				last, lost);
		return opened && closed && lost == 0;
	}

	private static boolean await(List<Instance> instances, CircuitBreaker.State state, long sinceNanos)
			throws InterruptedException {
		long until = sinceNanos + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
		while (System.nanoTime() - until < 0) {
			if (instances.stream()
				.allMatch((each) -> each.breaker.getState() == state && each.movedAt.get() - sinceNanos > 0)) {
				return true;
			}
			TimeUnit.MILLISECONDS.sleep(5);
		}
		return false;
	}

	/** One of them. */
	private static final class Instance {

		private final ConfigurableApplicationContext context;

		private final Agent agent;

		private final Actuator actuator;

		private final CircuitBreaker breaker;

		private final AtomicLong movedAt = new AtomicLong(System.nanoTime());

		private final AtomicInteger lost = new AtomicInteger();

		Instance(ConfigurableApplicationContext context) {
			this.context = context;
			this.agent = context.getBean(Agent.class);
			this.actuator = context.getBean(Actuator.class);
			this.breaker = context.getBean(CircuitBreakerRegistry.class).circuitBreaker("llm-" + TARGET);
			this.breaker.getEventPublisher().onStateTransition((event) -> this.movedAt.set(System.nanoTime()));
		}

		void ask() {
			try {
				this.agent.ask("Are you there?");
			}
			catch (RuntimeException ex) {
				if (!Thread.currentThread().isInterrupted()) {
					this.lost.incrementAndGet();
				}
			}
		}

		long millisTo(long sinceNanos) {
			return TimeUnit.NANOSECONDS.toMillis(this.movedAt.get() - sinceNanos);
		}

	}

}
