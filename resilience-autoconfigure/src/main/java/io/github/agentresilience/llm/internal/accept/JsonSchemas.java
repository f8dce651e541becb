package io.github.agentresilience.llm.internal.accept;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.util.ClassUtils;

/**
 * Checks JSON against schemas, where the validator is there that Spring AI's ChatClient
 * and the MCP SDK bring along. A schema that cannot be used is one that allows
 * everything, and what it refers to is not fetched.
 */
public final class JsonSchemas {

	private static final boolean PRESENT = ClassUtils.isPresent("com.networknt.schema.Schema",
			JsonSchemas.class.getClassLoader());

	private JsonSchemas() {
	}

	/** Whether anything can be checked. */
	public static boolean arePresent() {
		return PRESENT;
	}

	static boolean allows(String schema, JsonNode json) {
		return !PRESENT || Compiled.allows(schema, json, false);
	}

	/**
	 * The same for arguments of a tool, of which {@code null} means none: models send it
	 * for what is optional, and Spring AI reads it so.
	 */
	static boolean allowsArguments(String schema, JsonNode json) {
		return !PRESENT || Compiled.allows(schema, json, true);
	}

	/** Loaded where the validator is there. */
	private static final class Compiled {

		/** An application that makes up schemas call by call has each compiled anew. */
		private static final int MOST_REMEMBERED = 256;

		private static final SchemaRegistry REGISTRY = SchemaRegistry
			.withDefaultDialect(SpecificationVersion.DRAFT_2020_12, (registry) -> registry.schemaCacheEnabled(false)
				.schemaLoader((loader) -> loader.fetchRemoteResources(false)));

		private static final Map<String, Schema> REMEMBERED = new ConcurrentHashMap<>();

		static boolean allows(String schema, JsonNode json, boolean nullMeansNone) {
			try {
				Schema known = REMEMBERED.get(schema);
				Schema compiled = (known != null) ? known : compile(schema);
				List<Error> errors = compiled.validate(json);
				return errors.isEmpty() || (nullMeansNone && compiled.validate(withoutNulls(json, errors)).isEmpty());
			}
			catch (RuntimeException ofSchema) {
				ForeignCode.failed(REGISTRY, ofSchema);
				return true;
			}
		}

		/** A copy without the members that are {@code null} and must not be. */
		private static JsonNode withoutNulls(JsonNode json, List<Error> errors) {
			JsonNode copy = json.deepCopy();
			for (Error error : errors) {
				NodePath path = error.getInstanceLocation();
				JsonNode parent = copy;
				for (int i = 0; i < path.getNameCount() - 1; i++) {
					parent = (path.getElement(i) instanceof Integer index) ? parent.path(index)
							: parent.path(path.getName(i));
				}
				if (path.getNameCount() > 0 && parent instanceof ObjectNode object
						&& object.path(path.getName(-1)).isNull()) {
					object.remove(path.getName(-1));
				}
			}
			return copy;
		}

		private static Schema compile(String schema) {
			Schema compiled = REGISTRY.getSchema(schema);
			if (REMEMBERED.size() < MOST_REMEMBERED) {
				REMEMBERED.put(schema, compiled);
			}
			return compiled;
		}

	}

}
