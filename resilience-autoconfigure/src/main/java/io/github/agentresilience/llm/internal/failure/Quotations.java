package io.github.agentresilience.llm.internal.failure;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What an error quotes of some texts. They are compared by their letters and digits only,
 * so that it does not matter how often a quotation was escaped on its way, or how its
 * lines were broken. Looking at a text takes time in proportion to its length, whatever
 * is in it or in the error.
 */
final class Quotations {

	private static final String BLANK = "***";

	/** Letters of a quotation that is found wherever it begins and ends in a text. */
	private static final int QUOTATION = 16;

	/**
	 * Letters of a text that is found where it is quoted whole; a shorter one is a word
	 * that an error may have of its own.
	 */
	private static final int SHORTEST_TEXT = 6;

	/** The same with everything else that is in it. */
	private static final int SHORTEST_RAW_TEXT = 8;

	private static final long FACTOR = 0x5851F42D4C957F2DL;

	/** What the letter that leaves a quotation was multiplied with. */
	private static final long LEAVING = leaving();

	private final String error;

	private final Letters letters;

	/** Hashes of all runs of letters that are long enough, in order. */
	private final long[] runs;

	private final BitSet quoted;

	/** Tells most runs that are not there without a search. */
	private final BitSet maybe = new BitSet(1 << 16);

	/** Letters of short texts, found only where they are quoted whole. */
	private final Set<String> wholes = new HashSet<>();

	Quotations(String error) {
		this.error = error;
		this.letters = Letters.ofError(error);
		long[] found = new long[Math.max(0, this.letters.length - QUOTATION + 1)];
		int count = 0;
		for (RollingHash hash = new RollingHash(this.letters); hash.next();) {
			found[count++] = hash.value;
			this.maybe.set(bit(hash.value));
		}
		Arrays.sort(found, 0, count);
		this.runs = Arrays.copyOf(found, count);
		this.quoted = new BitSet(count);
	}

	/** Looks at a text that may be quoted. */
	void look(@Nullable String text) {
		if (text == null || text.length() < SHORTEST_RAW_TEXT) {
			return;
		}
		Letters letters = Letters.ofText(text);
		if (letters.length < QUOTATION) {
			if (letters.length >= SHORTEST_TEXT) {
				this.wholes.add(letters.text(0, letters.length));
			}
			return;
		}
		for (RollingHash hash = new RollingHash(letters); hash.next();) {
			if (this.maybe.get(bit(hash.value))) {
				int at = Arrays.binarySearch(this.runs, hash.value);
				if (at >= 0) {
					this.quoted.set(at);
				}
			}
		}
	}

	/** The error without what it quotes. */
	String removed() {
		BitSet gone = new BitSet(this.letters.length);
		if (!this.quoted.isEmpty()) {
			for (RollingHash hash = new RollingHash(this.letters); hash.next();) {
				if (this.quoted.get(Arrays.binarySearch(this.runs, hash.value))) {
					gone.set(hash.end - QUOTATION, hash.end);
				}
			}
		}
		if (!this.wholes.isEmpty()) {
			removeShort(gone);
		}
		if (gone.isEmpty()) {
			return this.error;
		}
		StringBuilder clean = new StringBuilder();
		int kept = 0;
		for (int from = gone.nextSetBit(0); from >= 0;) {
			int to = this.letters.endOfRun(from, gone.nextClearBit(from));
			clean.append(this.error, kept, Math.max(kept, this.letters.from[from])).append(BLANK);
			kept = this.letters.to[to - 1];
			from = gone.nextSetBit(to);
		}
		return clean.append(this.error, kept, this.error.length()).toString();
	}

	private void removeShort(BitSet gone) {
		for (int from = 0; from < this.letters.length; from++) {
			if (!this.letters.beginsWord(from)) {
				continue;
			}
			int longest = Math.min(this.letters.endOfRun(from, this.letters.length), from + QUOTATION - 1);
			for (int to = from + SHORTEST_TEXT; to <= longest; to++) {
				if (this.letters.endsWord(to) && this.wholes.contains(this.letters.text(from, to))) {
					gone.set(from, to);
				}
			}
		}
	}

	private static int bit(long hash) {
		return (int) (hash >>> 48);
	}

	private static long leaving() {
		long factor = 1;
		for (int i = 0; i < QUOTATION; i++) {
			factor *= FACTOR;
		}
		return factor;
	}

	/** Goes over all runs of letters of one length that lie within one value. */
	private static final class RollingHash {

		private final Letters letters;

		private long value;

		private int end;

		private int length;

		RollingHash(Letters letters) {
			this.letters = letters;
		}

		boolean next() {
			while (this.end < this.letters.length) {
				if (this.letters.isBreak(this.end)) {
					this.value = 0;
					this.length = 0;
				}
				this.value = this.value * FACTOR + mixed(this.letters.chars[this.end]);
				if (++this.length > QUOTATION) {
					this.value -= LEAVING * mixed(this.letters.chars[this.end - QUOTATION]);
				}
				this.end++;
				if (this.length >= QUOTATION) {
					return true;
				}
			}
			return false;
		}

		private static long mixed(char letter) {
			long mixed = (letter + 1) * 0x9E3779B97F4A7C15L;
			return mixed ^ (mixed >>> 29);
		}

	}

}
