package io.github.agentresilience.actuate.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;

/**
 * Hands a replay all fields of its body, since the actuator drops those for which the
 * endpoint has no parameter, and the names of properties can be none.
 */
public final class WhatIfBody implements OperationInvokerAdvisor {

	private final Supplier<WhatIfEndpoint> endpoint;

	public WhatIfBody(Supplier<WhatIfEndpoint> endpoint) {
		this.endpoint = endpoint;
	}

	@Override
	public OperationInvoker apply(EndpointId id, OperationType type, OperationParameters parameters,
			OperationInvoker invoker) {
		if (!id.toLowerCaseString().equals(WhatIfEndpoint.ID) || type != OperationType.WRITE) {
			return invoker;
		}
		return (context) -> {
			Map<String, Object> fields = new LinkedHashMap<>();
			context.getArguments().forEach((name, value) -> {
				if (value != null) {
					fields.put(name, value);
				}
			});
			return this.endpoint.get().replay(fields);
		};
	}

}
