	const first = JSON.parse(el('first').textContent);
	const controls = framedByAnother() ? { ...first.controls, chaos: null, experiments: null } : first.controls;
	// The actuator's own path, whatever it is and wherever this page is mapped to
	const base = location.pathname.slice(0, location.pathname.endsWith('/' + controls.path) ? -controls.path.length : location.pathname.lastIndexOf('/') + 1);
	let card = first.card, past = unpack(card.history);

	const open = (breaker) => breaker === 'OPEN' || breaker === 'FORCED_OPEN';

	// Layers on which the calls of the last minute all failed; one or two bad requests are no verdict
	function failing() {
		return layers.flatMap((layer) => {
			const recent = past.slices[layer].filter((slice) => slice.at + past.sliceMs > past.now - 60000);
			const failed = recent.reduce((sum, slice) => sum + slice.failed, 0);
			return failed >= 5 && recent.every((slice) => slice.succeeded === 0) ? [layer + ' (the last ' + failed + ' calls failed)'] : [];
		});
	}

	function verdict() {
		const down = layers.flatMap((layer) => Object.entries(card[layer].chains).flatMap(([name, chain]) =>
			!chain.available ? [layer + ' / ' + name + ' (no target may be called)'] : chain.summary.openIncident ? [layer + ' / ' + name] : []));
		const broken = down.length ? down : failing();
		const without = layers.flatMap((layer) => Object.entries(card[layer].targets).filter(([, target]) => open(target.breaker)).map(([name]) => name)).join(', ');
		const calls = card.overall.calls > 0;
		say(broken.length ? 'bad' : without ? 'warn' : calls ? 'good' : 'quiet',
			broken.length ? 'Not answering: ' + broken.join(', ') : (calls ? 'Answering' : 'No calls yet') + (without ? ', without ' + without : ''));
	}

	function say(cls, text) {
		if (el('verdict').className !== cls) el('verdict').className = cls;
		set(el('verdict'), text);
	}

	const also = (s) => Object.entries({ 'degraded': s.degraded, 'tool errors': s.toolErrors, 'unacceptable': s.unacceptable, 'streams begun anew': s.streamRestarts, 'over budget': s.overBudget })
		.filter(([, count]) => count).map(([what, count]) => what + ' ' + count).join(', ');
	function chains() {
		const rows = [];
		const row = (name, s) => rows.push([name, s.calls, share(s.successRate), share(s.fallbackRate), ms(s.p50Ms), ms(s.p95Ms), ms(s.p99Ms), s.incidents + (s.openIncident ? ' (open)' : ''), ms(s.mttrMs), make('td', also(s), 'text')]);
		row('overall', card.overall);
		layers.forEach((layer) => Object.entries(card[layer].chains).forEach(([name, chain]) => row(layer + ' / ' + name, chain.summary)));
		table(el('chains'), 'Chains', ['chain', 'calls', 'success', 'fallbacks', 'p50', 'p95', 'p99', 'incidents', 'MTTR', 'also'], rows);
	}

	// Nothing is known of learnt ones before the first answer
	function limits({ limits: l }) {
		if (!l) return '–';
		const left = Object.entries({ requests: l.requestsLeft, tokens: l.tokensLeft }).filter(([, figure]) => figure !== null && figure !== undefined).map(([what, figure]) => short(figure) + ' ' + what);
		return detailed(l.concurrency ? l.inFlight + ' of ' + l.concurrency : '–', [...(left.length ? [left.join(', ') + ' left'] : []), ...(l.waiting ? [l.waiting + ' wait'] : [])].join(', '), l.waiting ? 'warn' : '');
	}

	const boxes = {};
	function targets() {
		layers.filter((layer) => Object.keys(card[layer].targets).length).forEach((layer) => {
			if (!boxes[layer]) {
				boxes[layer] = make('table');
				el('targets').append(make('h3', layer.toUpperCase()), scrolling(layer.toUpperCase() + ' targets', boxes[layer]));
			}
			const judged = layer === 'llm', limited = Object.values(card[layer].targets).some((target) => target.limits);
			table(boxes[layer], layer.toUpperCase() + ' targets', ['target', ...(judged ? ['model'] : []), 'breaker', 'served', 'attempts', 'failed', ...(judged ? ['unacceptable'] : []), 'skipped', ...(limited ? ['limits'] : []), 'p50', 'p95', 'outages', 'MTTR'],
				Object.entries(card[layer].targets).map(([name, t]) => [name, ...(judged ? [make('td', t.model ?? '–', 'name')] : []),
					make('td', t.breaker, t.breaker === 'CLOSED' ? 'good' : open(t.breaker) ? 'bad' : 'warn'),
					t.served, t.attempts, detailed(t.failed, t.failedByKind && listed(t.failedByKind)), ...(judged ? [t.unacceptable] : []),
					detailed(t.skipped, t.skippedFor && listed(t.skippedFor)), ...(limited ? [limits(t)] : []), ms(t.p50Ms), ms(t.p95Ms), t.outages, ms(t.mttrMs)]));
		});
	}

	// Before the first change known was the state that it left; without one, the state of now
	function states(layer, name, from) {
		const changes = past.changes.filter((change) => change.layer === layer && change.subject === name).sort((a, b) => a.at - b.at);
		const parts = [{ state: changes.length ? changes[0].from : card[layer].targets[name].breaker, at: from }];
		changes.forEach((change) => {
			if (change.at <= from) parts.length = 0;
			parts.push({ state: change.state, at: Math.max(from, change.at) });
		});
		return parts.map((part, i) => ({ ...part, until: i + 1 < parts.length ? parts[i + 1].at : past.now }));
	}

	function breakers() {
		const from = Math.max(past.now - hour, Math.min(Date.parse(card.since), past.now - 1000));
		el('breakers').replaceChildren(...layers.flatMap((layer) => Object.entries(card[layer].targets).map(([name, target]) => {
			const lane = make('div', null, 'lane'), bar = make('div', null, 'bar'), parts = states(layer, name, from);
			bar.setAttribute('role', 'img');
			bar.setAttribute('aria-label', 'Breaker of ' + name + ': ' + parts.slice(-5).map((part) => part.state + ' from ' + time(part.at)).join(', ') + (parts.length > 5 ? '; ' + (parts.length - 5) + ' states before' : ''));
			parts.forEach((part) => {
				const span = make('span', null, part.state);
				span.style.left = 100 * (part.at - from) / (past.now - from) + '%';
				span.style.width = Math.max(.2, 100 * (part.until - part.at) / (past.now - from)) + '%';
				span.title = part.state + ' from ' + time(part.at) + ' to ' + time(part.until);
				bar.append(span);
			});
			lane.append(make('span', name), bar, make('small', target.breaker, target.breaker === 'CLOSED' ? 'good' : open(target.breaker) ? 'bad' : 'warn'));
			return lane;
		})));
	}

	function events() {
		const told = past.changes.map((change) => [change.at, change.layer + ': breaker of ' + change.subject + ' went from ' + change.from + ' to ' + change.state + (change.byFleet ? ', as the fleet told' : '')])
			.concat(past.incidents.map((incident) => [incident.at, incident.layer + ': ' + (incident.until === null ? 'incident on ' + incident.subject + ' is open, for ' + ms(incident.totalMs) + ' so far'
				: incident.count > 1 ? incident.count + ' incidents on ' + incident.subject + ' until ' + time(incident.until) + ', ' + ms(incident.totalMs / incident.count) + ' on average, ' + ms(incident.longestMs) + ' the longest'
				: 'incident on ' + incident.subject + ' of ' + ms(incident.totalMs))]))
			.sort((a, b) => b[0] - a[0]).slice(0, 100).map(([at, text]) => make('li', time(at) + ' ' + text));
		el('events').replaceChildren(...(told.length ? told : [make('li', 'Nothing')]));
	}

	function show() {
		set(el('since'), 'Since ' + new Date(card.since).toLocaleString());
		set(el('fresh'), 'as of ' + time(past.now));
		verdict(); glance(); look(); chains(); targets(); spend(); layers.forEach(chart); digest(); breakers(); events(); faults();
	}

	// Asks for half a minute; for more where that does not reach back to what is known, as after a pause
	async function figures() {
		const ask = (seconds) => send('GET', controls.path + '?format=json&since=' + seconds + 's' + (el('byhour').open ? '&hours=24' : ''));
		let next = await ask(30), news = read(next.history);
		const known = next.since === card.since ? past.now : Date.parse(next.since), gap = news.now - known;
		if (gap > news.spanMs) {
			next = await ask(Math.min(3600, Math.ceil(gap / 1000) + 30));
			news = read(next.history);
		}
		past = next.since === card.since ? merge(past, news) : { ...news, spanMs: hour };
		card = next;
	}

	async function cycle() {
		try {
			if (document.hidden) return;
			const problem = await figures().then(() => null, (caught) => caught);
			if (!problem) show();
			else {
				say('bad', 'Not known: the application does not answer');
				set(el('fresh'), 'as of ' + time(past.now) + ', then ' + problem.message);
			}
			await Promise.all([active(), experiments(), fleet()]);
		}
		finally {
			clearTimeout(timer);
			timer = setTimeout(refresh, 2000);
		}
	}

	// One after the other, so that no answer overtakes another
	let timer, last = Promise.resolve();
	const refresh = () => last = last.then(cycle, cycle);
	document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
	el('digest').addEventListener('toggle', digest);
	el('byhour').addEventListener('toggle', () => { if (el('byhour').open) refresh(); });
	show();
	refresh();
