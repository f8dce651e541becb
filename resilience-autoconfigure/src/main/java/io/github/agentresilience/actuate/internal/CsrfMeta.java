package io.github.agentresilience.actuate.internal;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.util.HtmlUtils;

/**
 * The page's CSRF token, where Spring Security guards the request that it is rendered
 * for. The script sends it back with whatever it changes.
 */
final class CsrfMeta {

	static final List<String> TYPES = List.of("org.springframework.security.web.csrf.CsrfToken",
			"org.springframework.web.context.request.RequestContextHolder");

	private static final boolean GUARDED = TYPES.stream().allMatch(CsrfMeta::present);

	private CsrfMeta() {
	}

	private static boolean present(String type) {
		return ClassUtils.isPresent(type, CsrfMeta.class.getClassLoader());
	}

	/** The elements for the page's head, empty where there is no token. */
	static String elements() {
		return GUARDED ? OfRequest.elements() : "";
	}

	/** Apart, so that nothing is loaded that an application may do without. */
	private static final class OfRequest {

		static String elements() {
			RequestAttributes request = RequestContextHolder.getRequestAttributes();
			CsrfToken token = (request != null) ? token(request) : null;
			return (token == null) ? "" : meta("_csrf", token.getToken()) + meta("_csrf_header", token.getHeaderName());
		}

		private static @Nullable CsrfToken token(RequestAttributes request) {
			return (request.getAttribute(CsrfToken.class.getName(),
					RequestAttributes.SCOPE_REQUEST) instanceof CsrfToken token) ? token : null;
		}

		private static String meta(String name, String content) {
			return "<meta name=\"" + name + "\" content=\"" + HtmlUtils.htmlEscape(content) + "\">\n";
		}

	}

}
