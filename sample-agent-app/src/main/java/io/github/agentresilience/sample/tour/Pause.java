package io.github.agentresilience.sample.tour;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;

/**
 * What happens between two steps of the tour.
 */
interface Pause {

	/** Before something that is about to happen. */
	void before(String what);

	/** The tour goes on by itself. */
	static Pause none() {
		return (what) -> {
		};
	}

	/** The presenter presses a key. */
	static Pause forEnter(PrintStream out, Reader in) {
		BufferedReader lines = new BufferedReader(in);
		return (what) -> {
			out.printf("%nPress Enter %s. ", what);
			out.flush();
			try {
				lines.readLine();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		};
	}

}
