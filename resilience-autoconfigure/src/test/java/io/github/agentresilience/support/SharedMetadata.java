package io.github.agentresilience.support;

import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.type.classreading.CachingMetadataReaderFactory;
import org.springframework.core.type.classreading.MetadataReaderFactory;

/**
 * Reads the configuration classes of all applications of a JVM once, where Boot would
 * read them for each.
 */
class SharedMetadata implements ApplicationContextInitializer<ConfigurableApplicationContext>, Ordered {

	private static final String BOOTS_NAME = "org.springframework.boot.autoconfigure.internalCachingMetadataReaderFactory";

	private static final CachingMetadataReaderFactory READERS = new CachingMetadataReaderFactory(
			SharedMetadata.class.getClassLoader()) {
		@Override
		public void clearCache() {
			// The next application asks for the same
		}
	};

	static {
		READERS.setCacheLimit(10_000);
	}

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		((BeanDefinitionRegistry) context.getBeanFactory()).registerBeanDefinition(BOOTS_NAME,
				new RootBeanDefinition(MetadataReaderFactory.class, () -> READERS));
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

}
