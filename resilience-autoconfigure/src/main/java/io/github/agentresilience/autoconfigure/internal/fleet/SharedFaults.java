package io.github.agentresilience.autoconfigure.internal.fleet;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.agentresilience.actuate.internal.FaultForm;
import io.github.agentresilience.actuate.internal.FleetFaults;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.agentresilience.fleet.internal.Fleet;

/**
 * Injects into this instance what any instance of its fleet injects into all. Each
 * instance ends a fault by itself, whether or not it still hears of the others.
 */
public final class SharedFaults implements FleetFaults {

	private static final String TOPIC = "faults";

	/** In the place of a fault that was taken away. */
	private static final String REMOVED = "removed";

	private static final Pattern ID = Pattern.compile(PREFIX + "[0-9a-f-]{8,40}");

	/** A removal outlasts whatever it removes. */
	private static final long REMOVED_NANOS = Nanos.of(Fault.LONGEST_TTL.plusMinutes(1));

	private static final int MOST_REMEMBERED = 2_000;

	private final Fleet fleet;

	private final FaultInjector chaos;

	private final BiPredicate<Layer, String> knownTarget;

	private final Time time;

	/** When the faults that were heard of end; one that has ended is not begun anew. */
	private final Map<String, Long> ends = new LinkedHashMap<>();

	/**
	 * Faults of a fleet.
	 * @param knownTarget whether a layer of this instance has a target of that name
	 */
	public SharedFaults(Fleet fleet, FaultInjector chaos, BiPredicate<Layer, String> knownTarget, Time time) {
		this.fleet = fleet;
		this.chaos = chaos;
		this.knownTarget = knownTarget;
		this.time = time;
		fleet.listen(TOPIC, this::heard);
	}

	@Override
	public ActiveFault inject(FaultForm.Wanted wanted, Map<String, String> fields) {
		String id = PREFIX + UUID.randomUUID();
		ActiveFault injected = this.chaos.inject(id, wanted.fault(), wanted.layer(), wanted.target(), wanted.ttl());
		endsIn(id, Nanos.of(wanted.ttl()));
		this.fleet.tell(TOPIC, id, text(fields), Nanos.of(wanted.ttl()));
		return injected;
	}

	@Override
	public boolean remove(String id) {
		return removeHere(id) || (lookUp(id::equals) && removeHere(id));
	}

	private boolean removeHere(String id) {
		boolean here = this.chaos.remove(id);
		// What is not known yet may be a fault that was not heard of
		boolean known = isKnown(id) && endsIn(id, 0);
		if (here || known) {
			this.fleet.tell(TOPIC, id, REMOVED, REMOVED_NANOS);
		}
		return here || known;
	}

	@Override
	public void clear() {
		// Those that are known at once, however long it takes to ask for the others
		clearKnown();
		if (lookUp((id) -> true)) {
			clearKnown();
		}
	}

	private void clearKnown() {
		List<String> ids;
		synchronized (this.ends) {
			ids = List.copyOf(this.ends.keySet());
		}
		ids.forEach(this::removeHere);
	}

	/**
	 * Learns of faults that this instance has not heard of, in order to take them away.
	 * @return whether there are any
	 */
	private boolean lookUp(Predicate<String> wanted) {
		List<FleetEntry> told = this.fleet.ask(TOPIC);
		boolean found = false;
		for (FleetEntry entry : (told != null) ? told : List.<FleetEntry>of()) {
			String id = entry.key();
			if (wanted.test(id) && ID.matcher(id).matches() && !entry.value().equals(REMOVED) && !isKnown(id)) {
				endsIn(id, Nanos.of(entry.left()));
				found = true;
			}
		}
		return found;
	}

	/**
	 * Remembers when a fault ends.
	 * @return whether it was to end later than now
	 */
	private boolean endsIn(String id, long nanos) {
		long now = this.time.nanos();
		synchronized (this.ends) {
			Long before = this.ends.put(id, now + nanos);
			if (this.ends.size() > MOST_REMEMBERED) {
				this.ends.remove(this.ends.keySet().iterator().next());
			}
			return before != null && before - now > 0;
		}
	}

	private boolean isKnown(String id) {
		synchronized (this.ends) {
			return this.ends.containsKey(id);
		}
	}

	/** On the fleet's worker. */
	private void heard(FleetEntry entry) {
		String id = entry.key();
		if (!ID.matcher(id).matches()) {
			this.fleet.ignored("value");
		}
		else if (entry.value().equals(REMOVED)) {
			endsIn(id, 0);
			this.chaos.remove(id);
		}
		else if (!isKnown(id)) {
			begin(id, entry);
		}
	}

	private void begin(String id, FleetEntry entry) {
		Duration left = (entry.left().compareTo(Fault.LONGEST_TTL) < 0) ? entry.left() : Fault.LONGEST_TTL;
		endsIn(id, Nanos.of(left));
		try {
			FaultForm.Wanted wanted = FaultForm.parse(fields(entry.value()));
			if (wanted.target() != null && !this.knownTarget.test(wanted.layer(), wanted.target())) {
				this.fleet.ignored("target");
				return;
			}
			this.chaos.inject(id, wanted.fault(), wanted.layer(), wanted.target(), left);
		}
		catch (IllegalArgumentException ex) {
			this.fleet.ignored("value");
		}
	}

	private static String text(Map<String, String> fields) {
		return fields.entrySet()
			.stream()
			.map((field) -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
			.sorted()
			.collect(Collectors.joining("&"));
	}

	private static Map<String, String> fields(String text) {
		Map<String, String> fields = new HashMap<>();
		for (String field : text.split("&", 32)) {
			int end = field.indexOf('=');
			if (end < 1) {
				throw new IllegalArgumentException("No field");
			}
			fields.put(field.substring(0, end), URLDecoder.decode(field.substring(end + 1), StandardCharsets.UTF_8));
		}
		return fields;
	}

}
