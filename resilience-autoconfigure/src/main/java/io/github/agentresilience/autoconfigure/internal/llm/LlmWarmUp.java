package io.github.agentresilience.autoconfigure.internal.llm;

import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LlmTarget;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.llm.internal.warmup.WarmUp;

import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.NativeDetector;

/**
 * Warms up the client of OpenAI-compatible endpoints beside the start of an application
 * that has any, once in a process.
 */
public final class LlmWarmUp implements SmartInitializingSingleton, DisposableBean {

	private static final String THREAD = "warm-up";

	private static final AtomicBoolean begun = new AtomicBoolean();

	private final ResilienceProperties.Llm properties;

	private final ListableBeanFactory beans;

	private volatile boolean closed;

	private final ChainRuntime runtime;

	public LlmWarmUp(ResilienceProperties.Llm properties, ListableBeanFactory beans, ChainRuntime runtime) {
		this.runtime = runtime;
		this.properties = properties;
		this.beans = beans;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (!NativeDetector.inNativeImage() && isNeeded() && begun.compareAndSet(false, true)) {
			this.runtime.workers().of(THREAD).execute(this::warmUp);
		}
	}

	/** What starts the application has the processor first. */
	private void warmUp() {
		Thread thread = Thread.currentThread();
		int priority = thread.getPriority();
		thread.setPriority(Thread.MIN_PRIORITY);
		try {
			new WarmUp(() -> this.closed).run();
		}
		finally {
			thread.setPriority(priority);
		}
	}

	private boolean isNeeded() {
		return this.properties.targets().values().stream().map(LlmTarget::baseUrl).anyMatch((url) -> url != null)
				|| this.beans.getBeanNamesForType(OpenAiChatModel.class, true, false).length > 0;
	}

	/** The thread ends with the call that it is at. */
	@Override
	public void destroy() {
		this.closed = true;
	}

}
