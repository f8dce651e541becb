package io.github.agentresilience.fleet.internal;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.fleet.FleetChannel;

/**
 * The channel of a fleet, which may fail in any way at any time: whatever is done with it
 * either goes well, or this instance goes on by itself until it is opened again.
 */
final class FleetLink {

	private final FleetChannel channel;

	private final FleetStatus status;

	private volatile boolean closed;

	FleetLink(FleetChannel channel, FleetStatus status) {
		this.channel = channel;
		this.status = status;
	}

	boolean isConnected() {
		return this.status.isConnected();
	}

	/** Whether it seems to be connected still. */
	boolean isOpen() {
		return isConnected() && this.channel.isOpen();
	}

	/** Whether it is not to be used any more. */
	boolean isClosed() {
		return this.closed;
	}

	/** It may be used again. */
	void begin() {
		this.closed = false;
	}

	/**
	 * Does something with the channel.
	 * @return whether that went well; else this instance goes by itself
	 */
	boolean use(Use use) {
		try {
			if (this.closed) {
				return false;
			}
			use.of(this.channel);
			return true;
		}
		catch (Throwable ex) {
			if (!this.closed) {
				this.status.lost(ex);
			}
			closeChannel();
			return false;
		}
	}

	/** Does something that can do without, where it is connected. */
	void tryToUse(Use use) {
		try {
			if (isConnected() && !this.closed) {
				use.of(this.channel);
			}
		}
		catch (Exception ex) {
			this.status.ignore("overflow");
		}
	}

	private void closeChannel() {
		try {
			this.channel.close();
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.channel, ex);
		}
	}

	void close() {
		this.closed = true;
		this.status.left();
		closeChannel();
	}

	/** Something that is done with the channel. */
	@FunctionalInterface
	interface Use {

		void of(FleetChannel channel) throws Exception;

	}

}
