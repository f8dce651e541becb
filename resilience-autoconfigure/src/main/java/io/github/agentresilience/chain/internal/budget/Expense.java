package io.github.agentresilience.chain.internal.budget;

import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * What is put aside for one thing, until it is known what that came to. The first end
 * counts.
 */
public final class Expense {

	/** Where there is no budget. */
	public static final Expense NONE = new Expense(null, null, null);

	private final @Nullable TurnAccount account;

	private final AtomicReference<@Nullable Need> open;

	/** Where it is the tool call that is paid for already. */
	private final @Nullable Turn toolCall;

	Expense(@Nullable TurnAccount account, @Nullable Need need, @Nullable Turn toolCall) {
		this.account = account;
		this.open = new AtomicReference<>(need);
		this.toolCall = toolCall;
	}

	/** It came to what was expected, or it is not known to what. */
	public void spent() {
		Need reserved = take();
		if (reserved != null && this.account != null) {
			this.account.settle(reserved, reserved);
		}
	}

	/** It came to that. */
	public void spent(long tokens, double cost) {
		Need reserved = take();
		if (reserved != null && this.account != null) {
			this.account.settle(reserved, reserved.costing(tokens, cost));
		}
	}

	/** It was not made after all. */
	public void giveBack() {
		Need reserved = take();
		if (reserved != null && this.account != null) {
			this.account.settle(reserved, null);
			if (this.toolCall != null) {
				this.toolCall.giveToolCallBack();
			}
		}
	}

	/** Where there is nothing, the field that all attempts share is not written to. */
	private @Nullable Need take() {
		return (this.account != null) ? this.open.getAndSet(null) : null;
	}

}
