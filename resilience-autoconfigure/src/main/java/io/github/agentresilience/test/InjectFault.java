package io.github.agentresilience.test;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Injects a fault for a test of an application, or for each of a class, and removes it
 * afterwards:
 *
 * <pre>{@code
 * &#64;SpringBootTest(properties = "resilience.chaos.enabled=true")
 * class AgentTests {
 *
 *

&#64;Test
 *     &#64;InjectFault({ "fault=burst", "layer=llm", "target=gateway-8b", "count=20" })
 *     void answersWhileTheGatewayIsDown() { ... }
 *
 * }
 * }</pre>
 *
 * A fault that is described wrongly, or whose target is not there, fails the test.
 */
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(InjectFaults.class)
@ExtendWith(InjectFaultExtension.class)
public @interface InjectFault {

	/**
	 * The fields of the fault, each as {@code name=value}, named as in the body of
	 * {@code POST /actuator/chaos}.
	 */
	String[] value();

}
