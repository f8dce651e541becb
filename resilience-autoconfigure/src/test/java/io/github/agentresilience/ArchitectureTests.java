package io.github.agentresilience;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import reactor.core.scheduler.Scheduler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

@AnalyzeClasses(packages = "io.github.agentresilience", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule roomsKnowOnlyWhomTheyMay = layeredArchitecture().consideringOnlyDependenciesInLayers()
		.layer("chain")
		.definedBy("..agentresilience.chain..")
		.layer("chaos")
		.definedBy("..agentresilience.chaos..")
		.layer("scorecard")
		.definedBy("..agentresilience.scorecard..")
		.layer("fleet")
		.definedBy("..agentresilience.fleet..")
		.layer("llm")
		.definedBy("..agentresilience.llm..")
		.layer("mcp")
		.definedBy("..agentresilience.mcp..")
		.layer("observation")
		.definedBy("..agentresilience.observation..")
		.layer("whatif")
		.definedBy("..agentresilience.whatif..")
		.layer("actuate")
		.definedBy("..agentresilience.actuate..")
		.layer("autoconfigure")
		.definedBy("..agentresilience.autoconfigure..")
		.whereLayer("autoconfigure")
		.mayNotBeAccessedByAnyLayer()
		.whereLayer("actuate")
		.mayOnlyBeAccessedByLayers("autoconfigure")
		.whereLayer("observation")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("fleet")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("llm")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("mcp")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("whatif")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("scorecard")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure", "whatif")
		.whereLayer("chaos")
		.mayOnlyBeAccessedByLayers("actuate", "autoconfigure");

	@ArchTest
	static final ArchRule theRoomsOfTheChainKnowOnlyThoseBelow = layeredArchitecture()
		.consideringOnlyDependenciesInLayers()
		.layer("engine")
		.definedBy("..chain.internal.engine..")
		.layer("route")
		.definedBy("..chain.internal.route..")
		.layer("guard")
		.definedBy("..chain.internal.guard..")
		.layer("budget")
		.definedBy("..chain.internal.budget..")
		.layer("limit")
		.definedBy("..chain.internal.limit..")
		.layer("wire")
		.definedBy("..chain.internal.wire..")
		.layer("policy")
		.definedBy("..chain.internal.policy..")
		.layer("time")
		.definedBy("..chain.internal.time..")
		.layer("foreign")
		.definedBy("..chain.internal.foreign..")
		.layer("api")
		.definedBy("io.github.agentresilience.chain")
		.whereLayer("engine")
		.mayNotBeAccessedByAnyLayer()
		.whereLayer("route")
		.mayOnlyBeAccessedByLayers("engine")
		.whereLayer("guard")
		.mayOnlyBeAccessedByLayers("engine", "route")
		.whereLayer("budget")
		.mayOnlyBeAccessedByLayers("engine", "route", "guard")
		.whereLayer("limit")
		.mayOnlyBeAccessedByLayers("engine", "route", "guard")
		.whereLayer("wire")
		.mayOnlyBeAccessedByLayers("engine", "guard", "limit")
		.whereLayer("policy")
		.mayOnlyBeAccessedByLayers("engine", "route", "guard", "budget", "limit", "wire")
		.whereLayer("time")
		.mayOnlyBeAccessedByLayers("engine", "route", "guard", "budget", "limit", "wire", "policy")
		.whereLayer("foreign")
		.mayOnlyBeAccessedByLayers("engine", "guard", "limit", "time");

	@ArchTest
	static final ArchRule theRoomsOfTheChainHaveNoCycles = slices().matching("..chain.internal.(*)..")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule theRoomsOfMcpKnowOnlyThoseBelow = layeredArchitecture().consideringOnlyDependenciesInLayers()
		.layer("client")
		.definedBy("..mcp.internal.client..")
		.layer("connections")
		.definedBy("io.github.agentresilience.mcp.internal")
		.layer("transport")
		.definedBy("..mcp.internal.transport..")
		.whereLayer("client")
		.mayNotBeAccessedByAnyLayer()
		.whereLayer("connections")
		.mayOnlyBeAccessedByLayers("client")
		.whereLayer("transport")
		.mayOnlyBeAccessedByLayers("connections");

	@ArchTest
	static final ArchRule theRoomsOfAutoconfigureHaveNoCycles = slices().matching("..autoconfigure.internal.(*)..")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule theChainKnowsResilience4jBucket4jReactorAndTheJdk = classes().that()
		.resideInAPackage("..agentresilience.chain..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("..agentresilience.chain..", "java..", "javax.net..", "io.github.resilience4j..",
				"io.github.bucket4j..", "reactor..", "org.reactivestreams..", "org.jspecify..");

	@ArchTest
	static final ArchRule chaosScorecardAndWhatIfKnowNoFramework = noClasses().that()
		.resideInAnyPackage("..agentresilience.chaos..", "..agentresilience.scorecard..", "..agentresilience.whatif..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework..", "io.modelcontextprotocol..", "io.micrometer..");

	@ArchTest
	static final ArchRule onlyOneRoomKnowsRedis = noClasses().that()
		.resideOutsideOfPackages("..fleet.internal.redis..", "..agentresilience.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("io.lettuce..", "org.springframework.data..");

	@ArchTest
	static final ArchRule onlyTheLlmLayerKnowsChatModels = noClasses().that()
		.resideOutsideOfPackages("..agentresilience.llm..", "..agentresilience.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.ai..", "com.openai..", "okhttp3..");

	@ArchTest
	static final ArchRule theRoomsOfTheLlmLayerKnowEachOtherDownwardOnly = layeredArchitecture()
		.consideringOnlyDependenciesInLayers()
		.layer("warmup")
		.definedBy("..llm.internal.warmup..")
		.layer("model")
		.definedBy("..llm.internal.model..")
		.layer("http")
		.definedBy("..llm.internal.http..")
		.layer("answer")
		.definedBy("..llm.internal.answer..")
		.layer("failure")
		.definedBy("..llm.internal.failure..")
		.layer("history")
		.definedBy("..llm.internal.history..")
		.layer("sticky")
		.definedBy("..llm.internal.sticky..")
		.layer("fit")
		.definedBy("..llm.internal.fit..")
		.whereLayer("fit")
		.mayOnlyBeAccessedByLayers("model")
		.layer("accept")
		.definedBy("..llm.internal.accept..")
		.whereLayer("accept")
		.mayOnlyBeAccessedByLayers("model")
		.whereLayer("sticky")
		.mayOnlyBeAccessedByLayers("model")
		.whereLayer("history")
		.mayOnlyBeAccessedByLayers("model", "sticky")
		.whereLayer("warmup")
		.mayNotBeAccessedByAnyLayer()
		.whereLayer("model")
		.mayOnlyBeAccessedByLayers("warmup")
		.whereLayer("http")
		.mayOnlyBeAccessedByLayers("warmup", "model")
		.whereLayer("answer")
		.mayOnlyBeAccessedByLayers("model", "http")
		.whereLayer("failure")
		.mayOnlyBeAccessedByLayers("warmup", "model", "http", "answer");

	@ArchTest
	static final ArchRule onlyTheMcpLayerKnowsTheMcpSdk = noClasses().that()
		.resideOutsideOfPackages("..agentresilience.mcp..", "..agentresilience.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.modelcontextprotocol..");

	@ArchTest
	static final ArchRule theLayersDoNotKnowBoot = noClasses().that()
		.resideInAnyPackage("..agentresilience.llm..", "..agentresilience.mcp..", "..agentresilience.observation..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.boot..");

	/** Those that may ask the system, each with the reason. */
	private static final Map<String, String> ASK_THE_SYSTEM = Map.of(
			"io.github.agentresilience.autoconfigure.ResilienceAutoConfiguration",
			"gives Workers the factory of virtual threads, which Spring makes on JDK 17 too",
			"io.github.agentresilience.autoconfigure.internal.retries.GoogleGenAiClients",
			"a static factory method of a bean definition, which has no bean at hand",
			"io.github.agentresilience.llm.internal.failure.RetryInfo",
			"reads a number of seconds, for which no clock is asked");

	@ArchTest
	static final ArchRule timeAndThreadsAreTheRuntimes = noClasses().that()
		.resideOutsideOfPackage("..chain.internal.time..")
		.and(DescribedPredicate.describe("have no reason to ask the system",
				(type) -> !ASK_THE_SYSTEM.containsKey(outermost(type).getName())))
		.should()
		.accessTargetWhere(DescribedPredicate.describe("has a clock or a thread of its own",
				(access) -> isClockOrThread(access.getTargetOwner(), access.getName())));

	@ArchTest
	static final ArchRule streamsWaitByTheRuntimesTime = noClasses().should()
		.callMethodWhere(DescribedPredicate.describe("waits on a scheduler of Reactor's own",
				(call) -> call.getTargetOwner().getPackageName().equals("reactor.core.publisher")
						&& takes(call, Duration.class) && !takes(call, Scheduler.class)));

	private static boolean takes(JavaMethodCall call, Class<?> type) {
		return call.getTarget().getRawParameterTypes().stream().anyMatch((parameter) -> parameter.isEquivalentTo(type));
	}

	private static JavaClass outermost(JavaClass type) {
		return type.getEnclosingClass().map(ArchitectureTests::outermost).orElse(type);
	}

	private static boolean isClockOrThread(JavaClass owner, String member) {
		boolean made = member.equals("<init>");
		return switch (owner.getName()) {
			case "java.lang.System" -> member.equals("nanoTime") || member.equals("currentTimeMillis");
			case "java.lang.Thread" ->
				made || Set.of("sleep", "ofVirtual", "ofPlatform", "startVirtualThread").contains(member);
			case "java.util.concurrent.TimeUnit" -> member.equals("sleep");
			case "java.util.concurrent.locks.LockSupport" -> member.equals("parkNanos") || member.equals("parkUntil");
			case "java.util.concurrent.Executors" -> member.startsWith("new");
			case "java.util.concurrent.CompletableFuture" ->
				Set.of("delayedExecutor", "orTimeout", "completeOnTimeout").contains(member);
			case "java.util.concurrent.ForkJoinPool" -> member.equals("commonPool");
			case "reactor.core.scheduler.Schedulers" ->
				member.startsWith("new") || Set.of("parallel", "boundedElastic", "single").contains(member);
			case "java.time.Clock" -> member.startsWith("system") || member.startsWith("tick");
			case "java.util.Timer" -> made;
			default -> (owner.getPackageName().equals("java.time") && member.equals("now")) || (made
					&& (owner.isAssignableTo(Thread.class) || owner.isAssignableTo(AbstractExecutorService.class)
							|| owner.getSimpleName().endsWith("TaskExecutor")
							|| owner.getSimpleName().endsWith("TaskScheduler")));
		};
	}

}
