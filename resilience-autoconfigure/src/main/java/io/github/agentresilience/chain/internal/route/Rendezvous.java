package io.github.agentresilience.chain.internal.route;

import java.util.Comparator;
import java.util.List;

/**
 * Draws an order by weights from a text, so that the same text always draws the same,
 * here and in any other instance, and a target that comes or goes moves no call between
 * two others.
 */
final class Rendezvous {

	private static final long FNV_OFFSET = 0xcbf29ce484222325L;

	private static final long FNV_PRIME = 0x100000001b3L;

	private Rendezvous() {
	}

	static <Q, A> List<Member<Q, A>> order(List<Member<Q, A>> members, String text) {
		return members.stream()
			.sorted(Comparator
				.comparingDouble((member) -> drawn(text, member.target().name(), member.target().weight())))
			.toList();
	}

	/** A draw from the exponential distribution: the heavier, the earlier. */
	private static double drawn(String text, String name, double weight) {
		long hash = mixed(hash(hash(FNV_OFFSET, text) * FNV_PRIME, name));
		// Of 53 bits a double holds each, and a half more keeps it from being zero
		double uniform = ((hash >>> 11) + 0.5) * 0x1.0p-53;
		return -Math.log(uniform) / weight;
	}

	private static long hash(long from, String text) {
		long hash = from;
		for (int i = 0; i < text.length(); i++) {
			hash = (hash ^ text.charAt(i)) * FNV_PRIME;
		}
		return hash;
	}

	/** Lets each bit depend on each other one. */
	private static long mixed(long value) {
		long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
		mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
		return mixed ^ (mixed >>> 33);
	}

}
