package io.github.agentresilience.actuate.internal;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;

/**
 * Refuses a fault with a field that the chaos endpoint does not know. The actuator would
 * drop it without a word, and a misspelled rate would be none.
 */
public final class UnknownFieldAdvisor implements OperationInvokerAdvisor {

	@Override
	public OperationInvoker apply(EndpointId endpoint, OperationType type, OperationParameters parameters,
			OperationInvoker invoker) {
		if (!endpoint.toLowerCaseString().equals(ChaosEndpoint.ID) || type != OperationType.WRITE) {
			return invoker;
		}
		Set<String> known = StreamSupport.stream(parameters.spliterator(), false)
			.map(OperationParameter::getName)
			.collect(Collectors.toSet());
		return (context) -> {
			String unknown = unknownField(context, known);
			return (unknown != null) ? ChaosEndpoint.badRequest(unknown, "is no field of a fault")
					: invoker.invoke(context);
		};
	}

	private static @org.jspecify.annotations.Nullable String unknownField(InvocationContext context,
			Set<String> known) {
		for (String field : context.getArguments().keySet()) {
			if (!known.contains(field)) {
				return field;
			}
		}
		return null;
	}

}
