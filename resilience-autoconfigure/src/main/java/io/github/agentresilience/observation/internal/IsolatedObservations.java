package io.github.agentresilience.observation.internal;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * The application's registry for the observations of chains, in which one handler,
 * predicate, filter or convention that throws harms no other. Micrometer stops telling
 * the handlers with the first that throws: the span that another began would stay open,
 * and its scope on the thread.
 *
 * <p>
 * Micrometer does not give out the handlers of a registry, so they are read from its
 * fields. Where that cannot be done, the registry is used as it is, which health reports.
 */
final class IsolatedObservations implements ObservationRegistry {

	private static final Logger logger = LoggerFactory.getLogger(IsolatedObservations.class);

	private final ObservationRegistry registry;

	private final ObservationConfig config = new ObservationConfig();

	private final List<ObservationConvention<Observation.Context>> conventions;

	private volatile int conventionsTaken;

	private IsolatedObservations(ObservationRegistry registry) {
		this.registry = registry;
		ObservationConfig ofApplication = registry.observationConfig();
		List<ObservationHandler<Observation.Context>> handlers = list(ofApplication, "observationHandlers");
		List<ObservationPredicate> predicates = list(ofApplication, "observationPredicates");
		List<ObservationFilter> filters = list(ofApplication, "observationFilters");
		this.conventions = list(ofApplication, "observationConventions");
		this.config.observationHandler(new Handlers(handlers))
			.observationPredicate(
					(name, context) -> predicates.stream().allMatch((predicate) -> passes(predicate, name, context)))
			.observationFilter((context) -> filtered(filters, context));
	}

	/**
	 * The registry to observe with.
	 * @param unprotected is told where it is the application's own as it is
	 */
	static ObservationRegistry of(ObservationRegistry registry, UnprotectedParts unprotected) {
		if (registry.isNoop()) {
			return registry;
		}
		try {
			return new IsolatedObservations(registry);
		}
		catch (RuntimeException | LinkageError unknownVersion) {
			logger.debug("The observation registry cannot be read", unknownVersion);
			unprotected.add("observationRegistry",
					"the handlers, predicates, filters and conventions of this registry cannot be read, so that one that "
							+ "throws may leave the spans and scopes of others open in calls of chains; use the "
							+ "ObservationRegistry of Spring Boot, or catch what they throw");
			return registry;
		}
	}

	@SuppressWarnings("unchecked")
	private static <T> List<T> list(ObservationConfig config, String name) {
		Field field = ReflectionUtils.findField(ObservationConfig.class, name);
		if (field == null) {
			throw new IllegalStateException("There is no field " + name);
		}
		ReflectionUtils.makeAccessible(field);
		return (List<T>) Objects.requireNonNull(ReflectionUtils.getField(field, config));
	}

	/** One that throws has no say. */
	private static boolean passes(ObservationPredicate predicate, @Nullable String name,
			Observation.@Nullable Context context) {
		try {
			return predicate.test(name, context);
		}
		catch (Throwable ex) {
			ForeignCode.failed(predicate, ex);
			return true;
		}
	}

	private static Observation.Context filtered(List<ObservationFilter> filters, Observation.Context context) {
		Observation.Context filtered = context;
		for (ObservationFilter filter : filters) {
			try {
				filtered = filter.map(filtered);
			}
			catch (Throwable ex) {
				ForeignCode.failed(filter, ex);
			}
		}
		return filtered;
	}

	@Override
	public @Nullable Observation getCurrentObservation() {
		return this.registry.getCurrentObservation();
	}

	@Override
	public Observation.@Nullable Scope getCurrentObservationScope() {
		return this.registry.getCurrentObservationScope();
	}

	@Override
	public void setCurrentObservationScope(Observation.@Nullable Scope current) {
		this.registry.setCurrentObservationScope(current);
	}

	@Override
	public ObservationConfig observationConfig() {
		if (this.conventions.size() != this.conventionsTaken) {
			takeConventions();
		}
		return this.config;
	}

	/** One for each, since a convention is asked for its name without an observation. */
	private synchronized void takeConventions() {
		int known = this.conventions.size();
		for (int i = this.conventionsTaken; i < known; i++) {
			this.config.observationConvention(new IsolatedConvention(this.conventions.get(i)));
		}
		this.conventionsTaken = known;
	}

	/** All handlers of the application as one, each told whatever the others throw. */
	private record Handlers(
			List<ObservationHandler<Observation.Context>> handlers) implements ObservationHandler<Observation.Context> {

		/** Those that an observation concerns, which are found out once. */
		private record Told(List<ObservationHandler<Observation.Context>> handlers) {

			void inOrder(Consumer<ObservationHandler<Observation.Context>> telling) {
				for (int i = 0; i < this.handlers.size(); i++) {
					tell(this.handlers.get(i), telling);
				}
			}

			/**
			 * Tells those that began last first.
			 * @return whether none of them threw
			 */
			boolean reversed(Consumer<ObservationHandler<Observation.Context>> telling) {
				boolean done = true;
				for (int i = this.handlers.size() - 1; i >= 0; i--) {
					done &= tell(this.handlers.get(i), telling);
				}
				return done;
			}

			private static boolean tell(ObservationHandler<Observation.Context> handler,
					Consumer<ObservationHandler<Observation.Context>> telling) {
				try {
					telling.accept(handler);
					return true;
				}
				catch (Throwable ex) {
					ForeignCode.failed(handler, ex);
					return false;
				}
			}

		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			List<ObservationHandler<Observation.Context>> concerned = new ArrayList<>(4);
			for (ObservationHandler<Observation.Context> handler : this.handlers) {
				if (ForeignCode.isTrue(handler, () -> handler.supportsContext(context))) {
					concerned.add(handler);
				}
			}
			context.put(Told.class, new Told(concerned));
			return !concerned.isEmpty();
		}

		private static Told of(Observation.Context context) {
			return context.getRequired(Told.class);
		}

		@Override
		public void onStart(Observation.Context context) {
			of(context).inOrder((handler) -> handler.onStart(context));
		}

		@Override
		public void onError(Observation.Context context) {
			of(context).inOrder((handler) -> handler.onError(context));
		}

		@Override
		public void onEvent(Observation.Event event, Observation.Context context) {
			of(context).inOrder((handler) -> handler.onEvent(event, context));
		}

		@Override
		public void onScopeOpened(Observation.Context context) {
			of(context).inOrder((handler) -> handler.onScopeOpened(context));
		}

		@Override
		public void onScopeClosed(Observation.Context context) {
			of(context).reversed((handler) -> handler.onScopeClosed(context));
		}

		@Override
		@SuppressWarnings("deprecation") // Whoever still implements it is still told
		public void onScopeReset(Observation.Context context) {
			of(context).inOrder((handler) -> handler.onScopeReset(context));
		}

		@Override
		public void onStop(Observation.Context context) {
			if (!of(context).reversed((handler) -> handler.onStop(context))) {
				ActiveTasks.end(context);
			}
		}

	}

}
