package io.github.agentresilience;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

@AnalyzeClasses(packages = "io.github.agentresilience", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule roomsKnowOnlyWhomTheyMay = layeredArchitecture().consideringOnlyDependenciesInLayers()
		.layer("chain").definedBy("..agentresilience.chain..")
		.layer("chaos").definedBy("..agentresilience.chaos..")
		.layer("scorecard").definedBy("..agentresilience.scorecard..")
		.layer("llm").definedBy("..agentresilience.llm..")
		.layer("mcp").definedBy("..agentresilience.mcp..")
		.layer("observation").definedBy("..agentresilience.observation..")
		.layer("actuate").definedBy("..agentresilience.actuate..")
		.layer("autoconfigure").definedBy("..agentresilience.autoconfigure..")
		.whereLayer("autoconfigure").mayNotBeAccessedByAnyLayer()
		.whereLayer("actuate").mayOnlyBeAccessedByLayers("autoconfigure")
		.whereLayer("observation").mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("llm").mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("mcp").mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("scorecard").mayOnlyBeAccessedByLayers("actuate", "autoconfigure")
		.whereLayer("chaos").mayOnlyBeAccessedByLayers("actuate", "autoconfigure");

	@ArchTest
	static final ArchRule theChainKnowsResilience4jReactorAndTheJdk = classes().that()
		.resideInAPackage("..agentresilience.chain..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("..agentresilience.chain..", "java..", "io.github.resilience4j..", "reactor..",
				"org.reactivestreams..", "org.jspecify..");

	@ArchTest
	static final ArchRule chaosAndScorecardKnowNoFramework = noClasses().that()
		.resideInAnyPackage("..agentresilience.chaos..", "..agentresilience.scorecard..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework..", "io.modelcontextprotocol..", "io.micrometer..");

	@ArchTest
	static final ArchRule onlyTheLlmLegKnowsChatModels = noClasses().that()
		.resideOutsideOfPackages("..agentresilience.llm..", "..agentresilience.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.ai..", "com.openai..", "okhttp3..");

	@ArchTest
	static final ArchRule onlyTheMcpLegKnowsTheMcpSdk = noClasses().that()
		.resideOutsideOfPackages("..agentresilience.mcp..", "..agentresilience.autoconfigure..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("io.modelcontextprotocol..");

	@ArchTest
	static final ArchRule theLegsDoNotKnowBoot = noClasses().that()
		.resideInAnyPackage("..agentresilience.llm..", "..agentresilience.mcp..", "..agentresilience.observation..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.boot..");

}
