package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * The response to a request that may be redirected; cancelled, it cancels whichever
 * exchange is under way.
 *
 * @param <T> the body
 */
final class RedirectableResponse<T> extends CompletableFuture<HttpResponse<T>> {

	private volatile @Nullable CompletableFuture<HttpResponse<T>> underWay;

	void continueWith(CompletableFuture<HttpResponse<T>> exchange) {
		this.underWay = exchange;
		if (isCancelled()) {
			exchange.cancel(true);
		}
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		boolean cancelled = super.cancel(mayInterruptIfRunning);
		CompletableFuture<HttpResponse<T>> exchange = this.underWay;
		if (exchange != null) {
			exchange.cancel(true);
		}
		return cancelled;
	}

}
