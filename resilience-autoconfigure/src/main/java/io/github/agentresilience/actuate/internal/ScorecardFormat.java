package io.github.agentresilience.actuate.internal;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Producible;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/**
 * The forms of the scorecard. A client that accepts several gets the last of them, so
 * that a browser gets the page.
 */
public enum ScorecardFormat implements Producible<ScorecardFormat> {

	JSON(MimeTypeUtils.APPLICATION_JSON),

	HTML(MimeType.valueOf("text/html;charset=UTF-8"));

	private final MimeType mimeType;

	ScorecardFormat(MimeType mimeType) {
		this.mimeType = mimeType;
	}

	static @Nullable ScorecardFormat named(String name) {
		return switch (name.toLowerCase(Locale.ROOT)) {
			case "json" -> JSON;
			case "html" -> HTML;
			default -> null;
		};
	}

	@Override
	public MimeType getProducedMimeType() {
		return this.mimeType;
	}

	@Override
	public boolean isDefault() {
		return this == JSON;
	}

}
