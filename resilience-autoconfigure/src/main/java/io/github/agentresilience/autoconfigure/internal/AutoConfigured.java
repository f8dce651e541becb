package io.github.agentresilience.autoconfigure.internal;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Tells the beans that some auto-configuration makes from those that the application
 * makes by itself.
 */
public final class AutoConfigured {

	private AutoConfigured() {
	}

	/**
	 * The method of an auto-configuration that makes a bean.
	 * @return {@code null} where the application makes the bean
	 */
	public static @Nullable Method factoryOf(String bean, ConfigurableListableBeanFactory beans) {
		if (!beans.containsBeanDefinition(bean)) {
			return null;
		}
		// Its type is found out by finding the method
		beans.getType(bean, false);
		if (beans.getMergedBeanDefinition(bean) instanceof RootBeanDefinition definition) {
			Method factory = definition.getResolvedFactoryMethod();
			return (factory != null && isAutoConfiguration(factory.getDeclaringClass())) ? factory : null;
		}
		return null;
	}

	private static boolean isAutoConfiguration(Class<?> declaring) {
		for (Class<?> type = declaring; type != null; type = type.getEnclosingClass()) {
			if (AnnotatedElementUtils.hasAnnotation(type, AutoConfiguration.class)) {
				return true;
			}
		}
		return false;
	}

}
