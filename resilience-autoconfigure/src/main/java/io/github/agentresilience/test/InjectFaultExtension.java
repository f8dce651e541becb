package io.github.agentresilience.test;

import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.actuate.internal.FaultForm;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.InvalidFaultException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

import org.springframework.context.ApplicationContext;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * Injects the faults of {@link InjectFault} into the application of a Spring test.
 */
final class InjectFaultExtension implements BeforeEachCallback, AfterEachCallback {

	private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace
		.create(InjectFaultExtension.class);

	private static final String INJECTED = "injected";

	@Override
	public void beforeEach(ExtensionContext test) {
		List<InjectFault> wanted = new ArrayList<>();
		test.getTestClass().ifPresent((type) -> wanted.addAll(faults(type)));
		test.getTestMethod().ifPresent((method) -> wanted.addAll(faults(method)));
		List<String> injected = new ArrayList<>();
		test.getStore(NAMESPACE).put(INJECTED, injected);
		for (InjectFault each : wanted) {
			injected.add(inject(each, SpringExtension.getApplicationContext(test)).id());
		}
	}

	/**
	 * A fault on a target that is not there would hit nothing, and a test of what it does
	 * would pass.
	 */
	static ActiveFault inject(InjectFault wanted, ApplicationContext application) {
		FaultForm.Wanted fault = FaultForm.parse(fields(wanted));
		List<String> targets = application.getBean(ChainRegistry.class)
			.targets(fault.layer())
			.stream()
			.<String>map(GuardedTarget::name)
			.toList();
		if (fault.target() != null && !targets.contains(fault.target())) {
			throw new InvalidFaultException("target", "in @InjectFault names no target of the layer '"
					+ fault.layer().id() + "': " + fault.target() + "; there are: " + String.join(", ", targets));
		}
		return chaos(application).inject(fault.fault(), fault.layer(), fault.target(), fault.ttl());
	}

	private static List<InjectFault> faults(AnnotatedElement element) {
		return AnnotationSupport.findRepeatableAnnotations(element, InjectFault.class);
	}

	private static Map<String, String> fields(InjectFault fault) {
		Map<String, String> fields = new LinkedHashMap<>();
		for (String field : fault.value()) {
			String[] parts = field.split("=", 2);
			if (parts.length != 2) {
				throw new IllegalArgumentException("'" + field + "' in @InjectFault is not of the form name=value");
			}
			fields.put(parts[0].trim(), parts[1].trim());
		}
		return fields;
	}

	private static Chaos chaos(ApplicationContext application) {
		return application.getBeanProvider(Chaos.class).getIfAvailable(() -> {
			throw new IllegalStateException(
					"@InjectFault needs resilience.chaos.enabled=true in the test's properties");
		});
	}

	@Override
	@SuppressWarnings("unchecked")
	public void afterEach(ExtensionContext test) {
		List<String> injected = (List<String>) test.getStore(NAMESPACE).remove(INJECTED);
		if (injected != null) {
			injected.forEach(chaos(SpringExtension.getApplicationContext(test))::remove);
		}
	}

}
