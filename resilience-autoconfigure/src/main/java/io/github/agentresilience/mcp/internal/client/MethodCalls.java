package io.github.agentresilience.mcp.internal.client;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Calls methods of the SDK's clients, and throws what they throw.
 */
final class MethodCalls {

	private MethodCalls() {
	}

	static @Nullable Object call(Object client, Method method, @Nullable Object... arguments) throws Exception {
		try {
			return method.invoke(client, arguments);
		}
		catch (InvocationTargetException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
	}

	/** The same for a method that always answers and declares no checked exception. */
	static Object answer(Object client, Method method, @Nullable Object... arguments) {
		try {
			return Objects.requireNonNull(call(client, method, arguments));
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new UndeclaredThrowableException(ex);
		}
	}

}
