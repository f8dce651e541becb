package io.github.agentresilience.fleet;

import java.time.Duration;

/**
 * Something that an instance of the fleet has told, and that holds for a while.
 *
 * @param topic what it belongs to
 * @param key what of that it is about
 * @param value what holds
 * @param instance the id of the instance that told it
 * @param version when it came to hold, by the clock of the store, in microseconds: what
 * is known of one key with a higher version is newer
 * @param left for how long it holds yet
 */
public record FleetEntry(String topic, String key, String value, String instance, long version, Duration left) {
}
