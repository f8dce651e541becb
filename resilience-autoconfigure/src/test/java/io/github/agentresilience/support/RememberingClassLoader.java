package io.github.agentresilience.support;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * Remembers which classes and resources its parent has, and which not. Each application
 * asks for hundreds that there are not, and each time the JVM would look for them in all
 * the jars of the class path. It defines no classes of its own.
 */
class RememberingClassLoader extends ClassLoader {

	static {
		registerAsParallelCapable();
	}

	private final Map<String, Optional<Class<?>>> classes = new ConcurrentHashMap<>();

	private final Map<String, Optional<URL>> resources = new ConcurrentHashMap<>();

	private final Map<String, List<URL>> all = new ConcurrentHashMap<>();

	RememberingClassLoader(ClassLoader parent) {
		super(parent);
	}

	@Override
	protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
		Optional<Class<?>> known = this.classes.get(name);
		if (known == null) {
			known = ofParent(name);
			this.classes.put(name, known);
		}
		return known.orElseThrow(() -> new ClassNotFoundException(name));
	}

	private Optional<Class<?>> ofParent(String name) {
		try {
			return Optional.of(getParent().loadClass(name));
		}
		catch (ClassNotFoundException ex) {
			return Optional.empty();
		}
	}

	@Override
	public @Nullable URL getResource(String name) {
		return this.resources.computeIfAbsent(name, (each) -> Optional.ofNullable(getParent().getResource(each)))
			.orElse(null);
	}

	@Override
	public Enumeration<URL> getResources(String name) throws IOException {
		List<URL> known = this.all.get(name);
		if (known == null) {
			known = Collections.list(getParent().getResources(name));
			this.all.put(name, known);
		}
		return Collections.enumeration(known);
	}

}
