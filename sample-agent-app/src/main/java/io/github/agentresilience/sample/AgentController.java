package io.github.agentresilience.sample;

import java.util.Map;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.StreamInterruptedException;
import reactor.core.publisher.Flux;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * The agent over HTTP.
 */
@RestController
class AgentController {

	private final Agent agent;

	AgentController(Agent agent) {
		this.agent = agent;
	}

	@PostMapping("/agent")
	ResponseEntity<Object> ask(@RequestBody Question question) {
		if (question.message() == null || question.message().isBlank()) {
			return ResponseEntity.badRequest().body(Map.of("error", "'message' is missing", "field", "message"));
		}
		return ResponseEntity.ok(this.agent.ask(question.message()));
	}

	/** The answer as it is said, as server-sent events. */
	@PostMapping(path = "/agent/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<Object> stream(@RequestBody Question question) {
		if (question.message() == null || question.message().isBlank()) {
			return Flux.just(Map.of("error", "'message' is missing", "field", "message"));
		}
		return this.agent.stream(question.message())
			.cast(Object.class)
			.onErrorResume((ex) -> Flux.just(Map.of("error", message(ex))));
	}

	private static String message(Throwable ex) {
		return (ex instanceof ChainExhaustedException || ex instanceof StreamInterruptedException) ? ex.getMessage()
				: "The agent failed";
	}

	@ExceptionHandler
	ResponseEntity<Object> exhausted(ChainExhaustedException ex) {
		return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).body(Map.of("error", ex.getMessage()));
	}

	record Question(String message) {
	}

}
