package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this instance is in touch with its fleet, and what it has heard, for logs,
 * health and metrics.
 */
public final class FleetStatus {

	/** Why something that was heard is ignored. */
	public static final List<String> REASONS = List.of("malformed", "version", "too_long", "time", "expired", "target",
			"value", "overflow", "other");

	/** What this instance has done because the fleet said so. */
	public static final List<String> ADVICE = List.of("OPEN", "CLOSED", "FORCED_OPEN", "DISABLED", "COOLDOWN");

	/** Limits that come and go are logged no more often. */
	private static final Duration SAID_FOR = Duration.ofMinutes(1);

	private static final Logger logger = LoggerFactory.getLogger("io.github.agentresilience.events");

	/** The codes that Redis puts before its errors. */
	private static final Pattern CODE = Pattern.compile("([A-Z]{3,12})\\b");

	private final String fleet;

	private final String instance;

	private final Time time;

	private final Map<String, LongAdder> ignored = counters(REASONS);

	private final Map<String, LongAdder> advice = counters(ADVICE);

	private volatile State state = new State(false, "starting", null);

	private volatile int instances;

	private final LongAdder byShare = new LongAdder();

	/** {@code null} where there are no limits to share. */
	private volatile @Nullable Limits limits;

	/** When it was last logged that limits are not shared. */
	private volatile @Nullable Instant saidAlone;

	FleetStatus(String fleet, String instance, Time time) {
		this.fleet = fleet;
		this.instance = instance;
		this.time = time;
	}

	private static Map<String, LongAdder> counters(List<String> names) {
		Map<String, LongAdder> counters = new LinkedHashMap<>();
		names.forEach((name) -> counters.put(name, new LongAdder()));
		return Map.copyOf(counters);
	}

	public String fleet() {
		return this.fleet;
	}

	/** The id of this instance. */
	public String instance() {
		return this.instance;
	}

	public boolean isConnected() {
		return this.state.connected;
	}

	/** Why it is not connected; {@code null} where it is. */
	public @Nullable String problem() {
		return this.state.problem;
	}

	/** Since when it is as it is; {@code null} before the first attempt to connect. */
	public @Nullable Instant since() {
		return this.state.since;
	}

	/** How many instances there are, this one among them, as far as is known. */
	public int instances() {
		return this.instances;
	}

	public long ignored(String reason) {
		return this.ignored.getOrDefault(reason, new LongAdder()).sum();
	}

	/** How often it has done what the fleet said. */
	public long advice(String state) {
		return this.advice.getOrDefault(state, new LongAdder()).sum();
	}

	void ignore(String reason) {
		LongAdder counter = this.ignored.get(reason);
		(counter != null ? counter : this.ignored.getOrDefault("other", new LongAdder())).increment();
	}

	void advised(String state) {
		this.advice.getOrDefault(state, new LongAdder()).increment();
	}

	void heardOf(int instances) {
		this.instances = Math.max(1, instances);
	}

	/**
	 * How limits are kept; {@code null} where there are none.
	 */
	public @Nullable Limits limits() {
		Limits kept = this.limits;
		return (kept == Limits.SHARED && !this.state.connected) ? Limits.BY_SHARE : kept;
	}

	/** How many attempts were counted by this instance's share of a limit. */
	public long byShares() {
		return this.byShare.sum();
	}

	void byShare() {
		this.byShare.increment();
	}

	/**
	 * There are limits.
	 * @param together whether there is a place to keep them together
	 */
	void sharesLimits(boolean together) {
		this.limits = together ? Limits.SHARED : Limits.BY_SHARE;
	}

	void limitsTogether() {
		this.limits = Limits.SHARED;
	}

	/**
	 * The buckets did not answer as they should. Where the fleet cannot be reached, that
	 * is said already.
	 */
	void limitsAlone(Throwable why) {
		if (this.limits == Limits.BY_SHARE) {
			return;
		}
		this.limits = Limits.BY_SHARE;
		Instant said = this.saidAlone;
		Instant now = this.time.now();
		if (this.state.connected && (said == null || now.isAfter(said.plus(SAID_FOR)))) {
			this.saidAlone = now;
			logger.atWarn()
				.addKeyValue("event", "fleet-limits-lost")
				.addKeyValue("fleet", this.fleet)
				.addKeyValue("instance", this.instance)
				.addKeyValue("problem", words(why))
				.log("The limits of the fleet '{}' cannot be asked in time ({}); this instance keeps to its share of them until they can",
						this.fleet, words(why));
		}
	}

	void joined() {
		if (!this.state.connected) {
			this.state = new State(true, null, this.time.now());
			logger.atInfo()
				.addKeyValue("event", "fleet-joined")
				.addKeyValue("fleet", this.fleet)
				.addKeyValue("instance", this.instance)
				.log("This instance has joined the fleet '{}' as {}", this.fleet, this.instance);
		}
	}

	void lost(Throwable why) {
		if (this.state.connected || this.state.since == null) {
			String problem = words(why);
			this.state = new State(false, problem, this.time.now());
			logger.atWarn()
				.addKeyValue("event", "fleet-lost")
				.addKeyValue("fleet", this.fleet)
				.addKeyValue("instance", this.instance)
				.addKeyValue("problem", problem)
				.log("The fleet '{}' cannot be reached ({}); this instance goes on by itself until it can", this.fleet,
						problem);
		}
	}

	/** The application stops. */
	void left() {
		this.state = new State(false, "stopped", null);
	}

	/** A class and a code; a message could hold an address or worse. */
	private static String words(Throwable thrown) {
		Throwable root = thrown;
		for (int depth = 0; root.getCause() != null && depth < 20; depth++) {
			root = root.getCause();
		}
		String message = root.getMessage();
		Matcher code = CODE.matcher(message != null ? message : "");
		String name = root.getClass().getSimpleName();
		return code.lookingAt() ? name + " " + code.group(1) : name;
	}

	/**
	 * How limits are kept.
	 */
	public enum Limits {

		/** In buckets that all instances take from. */
		SHARED("shared"),

		/** Each instance keeps to its share. */
		BY_SHARE("by-share");

		private final String id;

		Limits(String id) {
			this.id = id;
		}

		public String id() {
			return this.id;
		}

	}

	/**
	 * Whether it is connected, and since when.
	 */
	private record State(boolean connected, @Nullable String problem, @Nullable Instant since) {
	}

}
