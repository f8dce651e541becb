package io.github.agentresilience.actuate.internal;

import java.security.Principal;
import java.util.List;

import io.github.agentresilience.actuate.internal.answer.ExperimentAnswer;
import io.github.agentresilience.actuate.internal.answer.ProblemAnswer;
import io.github.agentresilience.chaos.internal.experiment.Experiment;
import io.github.agentresilience.chaos.internal.experiment.Experiments;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Lists experiments with their last reports, and runs one where its access is not the
 * default one, which is to read.
 */
@Endpoint(id = ExperimentsEndpoint.ID, defaultAccess = Access.READ_ONLY)
public class ExperimentsEndpoint {

	static final String ID = "experiments";

	private static final Logger logger = LoggerFactory.getLogger(ExperimentsEndpoint.class);

	private static final int ACCEPTED = 202;

	private static final int CONFLICT = 409;

	private final Experiments experiments;

	public ExperimentsEndpoint(Experiments experiments) {
		this.experiments = experiments;
	}

	@ReadOperation
	public List<ExperimentAnswer> list() {
		return this.experiments.all().stream().map(this::answer).toList();
	}

	/**
	 * Runs one now; its report is in the list when it has ended.
	 * @param caller is named in the log. With a parameter beside those of the path, the
	 * actuator takes a body of JSON only, which no form of another site can send, and no
	 * script of another site without being asked first
	 */
	@WriteOperation
	public WebEndpointResponse<OperationResponseBody> run(@Selector String name, SecurityContext caller) {
		Experiment experiment = this.experiments.all()
			.stream()
			.filter((each) -> each.name().equals(name))
			.findFirst()
			.orElse(null);
		if (experiment == null) {
			return new WebEndpointResponse<>(new ProblemAnswer("There is no experiment '" + name + "'", "name"),
					WebEndpointResponse.STATUS_NOT_FOUND);
		}
		if (this.experiments.start(name) == null) {
			return new WebEndpointResponse<>(new ProblemAnswer("An experiment is running", "name"), CONFLICT);
		}
		Principal principal = caller.getPrincipal();
		logger.info("The experiment '{}' was started by {}", name,
				(principal != null) ? "'" + principal.getName() + "'" : "an unknown caller");
		return new WebEndpointResponse<>(answer(experiment), ACCEPTED);
	}

	private ExperimentAnswer answer(Experiment experiment) {
		return ExperimentAnswer.of(experiment, experiment.name().equals(this.experiments.running()),
				this.experiments.report(experiment.name()));
	}

}
