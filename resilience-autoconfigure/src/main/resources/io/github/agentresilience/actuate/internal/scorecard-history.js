	// The hour that the page knows. All times are milliseconds of the server's clock.
	const layers = ['llm', 'mcp'];
	const hour = 3600000;
	const empty = (history) => ({ now: Date.parse(history.now), spanMs: history.spanMs, sliceMs: history.sliceMs, slices: {}, changes: [], incidents: [] });

	// What came with the page: rows without names, see PackedHistory.
	function unpack(packed) {
		const past = empty(packed), start = past.now - past.spanMs;
		layers.forEach((layer) => {
			const one = packed[layer];
			let at = start;
			past.slices[layer] = one.slices.map(([step, succeeded, failed, p50Ms, p95Ms, ...served]) => ({ at: at += step, succeeded, failed, p50Ms, p95Ms,
				served: Object.fromEntries(one.names.map((name, i) => [name, served[i]])) }));
			Object.entries(one.breakers).forEach(([subject, [first, ...rest]]) => {
				let time = start, from = packed.states[first];
				for (let i = 0; i < rest.length; i += 2) {
					const told = packed.states[rest[i + 1]], byFleet = told.endsWith('*'), state = byFleet ? told.slice(0, -1) : told;
					past.changes.push({ at: time += rest[i], layer, subject, from, state, byFleet });
					from = state;
				}
			});
			Object.entries(one.incidents).forEach(([subject, rows]) => {
				let time = start;
				rows.forEach(([step, length, count, totalMs, longestMs]) => past.incidents.push({ at: time += step, until: length === null ? null : time + length, layer, subject, count, totalMs, longestMs }));
			});
		});
		return past;
	}

	// What ?since= answers.
	function read(history) {
		const past = empty(history);
		layers.forEach((layer) => { past.slices[layer] = history[layer].slices.map((slice) => ({ ...slice, at: Date.parse(slice.at) })); });
		history.events.forEach((event) => (event.type === 'breaker' ? past.changes : past.incidents)
			.push({ ...event, at: Date.parse(event.at), until: event.until ? Date.parse(event.until) : null }));
		return past;
	}

	// An answer holds all that ended in its span, so it takes the place of that part of what was known.
	function merge(known, news) {
		const start = news.now - news.spanMs, old = news.now - hour;
		const past = { ...news, spanMs: hour, slices: {} };
		layers.forEach((layer) => {
			past.slices[layer] = known.slices[layer].filter((slice) => slice.at + known.sliceMs < start && slice.at + known.sliceMs >= old).concat(news.slices[layer]);
		});
		past.changes = known.changes.filter((change) => change.at < start && change.at >= old).concat(news.changes);
		past.incidents = known.incidents.filter((incident) => incident.until !== null && incident.until < start && incident.until >= old).concat(news.incidents);
		return past;
	}
