(() => {
	'use strict';
	const el = (id) => document.getElementById(id);
	const controls = JSON.parse('@CONTROLS@');
	const make = (tag, text, cls) => {
		const node = document.createElement(tag);
		if (text !== undefined && text !== null) node.textContent = text;
		if (cls) node.className = cls;
		return node;
	};
	const ms = (value) => value === null || value === undefined ? '–' : value >= 10000 ? (value / 1000).toFixed(1) + ' s' : value.toFixed(0) + ' ms';
	const share = (value) => value === null || value === undefined ? '–' : (value * 100).toFixed(1) + ' %';
	const clock = (iso) => new Date(iso).toLocaleTimeString();
	const legs = ['llm', 'mcp'];
	const colours = ['#0969da', '#bf3989', '#1a7f37', '#9a6700', '#8250df', '#bc4c00', '#57606a'];
	const plots = {};

	function table(node, headings, rows) {
		const head = make('thead'), body = make('tbody'), line = make('tr');
		headings.forEach((heading) => { const th = make('th', heading); th.scope = 'col'; line.append(th); });
		head.append(line);
		rows.forEach((cells) => {
			const tr = make('tr');
			cells.forEach((cell) => tr.append(cell instanceof Node ? cell : make('td', cell)));
			body.append(tr);
		});
		node.replaceChildren(head, body);
	}

	function verdict(card) {
		const open = legs.flatMap((leg) => Object.entries(card[leg].chains).filter(([, chain]) => chain.summary.openIncident).map(([name]) => leg + ' / ' + name));
		const down = legs.flatMap((leg) => Object.entries(card[leg].targets).filter(([, target]) => /OPEN$/.test(target.breaker) && target.breaker !== 'HALF_OPEN').map(([name]) => name));
		const node = el('verdict');
		node.className = open.length ? 'bad' : down.length ? 'warn' : 'good';
		node.textContent = open.length ? 'Not answering: ' + open.join(', ') : down.length ? 'Answering, without ' + down.join(', ') : 'Answering';
	}

	function chains(card) {
		const rows = [];
		const row = (name, s) => rows.push([name, s.calls, share(s.successRate), share(s.fallbackRate), s.degraded ?? s.toolErrors ?? '–', ms(s.p50Ms), ms(s.p95Ms), ms(s.p99Ms), s.incidents + (s.openIncident ? ' (open)' : ''), ms(s.mttrMs)]);
		row('overall', card.overall);
		legs.forEach((leg) => Object.entries(card[leg].chains).forEach(([name, chain]) => row(leg + ' / ' + name, chain.summary)));
		table(el('chains'), ['chain', 'calls', 'success', 'fallbacks', 'degraded / tool errors', 'p50', 'p95', 'p99', 'incidents', 'MTTR'], rows);
	}

	function targets(card) {
		const parts = [];
		legs.filter((leg) => Object.keys(card[leg].targets).length).forEach((leg) => {
			const node = make('table');
			table(node, ['target', 'breaker', 'served', 'attempts', 'failed', 'skipped', 'p50', 'p95', 'outages', 'MTTR', 'last failure'],
				Object.entries(card[leg].targets).map(([name, t]) => [name,
					make('td', t.breaker, t.breaker === 'CLOSED' ? 'good' : t.breaker === 'HALF_OPEN' ? 'warn' : 'bad'),
					t.served, t.attempts, t.failed, t.skipped, ms(t.p50Ms), ms(t.p95Ms), t.outages, ms(t.mttrMs),
					make('td', t.lastFailure ? t.lastFailure.kind + ': ' + t.lastFailure.message + ' (' + clock(t.lastFailure.at) + ')' : '', 'text')]));
			const scroll = make('div', null, 'scroll');
			scroll.append(node);
			parts.push(make('h3', leg.toUpperCase()), scroll);
		});
		el('targets').replaceChildren(...parts);
	}

	function series(card, leg) {
		const slices = card.history[leg].slices;
		const names = Object.keys(card[leg].targets);
		const step = card.history.sliceMs / 1000, now = Math.floor(Date.now() / 1000);
		const from = slices.length ? Math.min(Date.parse(slices[0].at) / 1000, now - 300) : now - 300;
		const x = [], p50 = [], p95 = [], success = [], served = names.map(() => []);
		let next = 0;
		for (let at = from; at <= now; at += step) {
			let slice = null;
			while (next < slices.length && Date.parse(slices[next].at) / 1000 < at + step) slice = slices[next++];
			x.push(at);
			p50.push(slice ? slice.p50Ms : null);
			p95.push(slice ? slice.p95Ms : null);
			success.push(slice ? 100 * slice.succeeded / (slice.succeeded + slice.failed) : null);
			let below = 0;
			names.forEach((name, i) => served[i].push(below += slice ? slice.served[name] ?? 0 : 0));
		}
		return { names, latency: [x, p50, p95, success], served: [x, ...served.slice().reverse()] };
	}

	function marks(leg) {
		return { hooks: { draw: [(plot) => {
			(latest.history.events || []).filter((event) => event.layer === leg && event.type === 'incident-ended').forEach((event) => {
				const at = plot.valToPos(Date.parse(event.at) / 1000, 'x', true);
				if (at < plot.bbox.left || at > plot.bbox.left + plot.bbox.width) return;
				plot.ctx.fillStyle = '#d1242f';
				plot.ctx.fillRect(at, plot.bbox.top, 2, plot.bbox.height);
			});
		}] } };
	}

	function axes(unit) {
		const stroke = getComputedStyle(document.body).color, grid = { stroke: '#8884', width: 1 };
		return [{ stroke, grid }, { stroke, grid, size: 60, values: (plot, values) => values.map((value) => value + unit) }];
	}

	function chart(card, leg) {
		const data = series(card, leg);
		if (!data.names.length) return;
		if (!plots[leg]) {
			const box = el('charts');
			const frame = (title) => { const div = make('div'); div.setAttribute('role', 'img'); div.setAttribute('aria-label', title + '; the tables hold the same figures'); box.append(div); return div; };
			const size = (div) => ({ width: Math.max(260, div.clientWidth), height: 220 });
			const first = frame(leg.toUpperCase() + ' latency and success over time'), second = frame(leg.toUpperCase() + ' answered calls by who served them');
			const latency = new uPlot({ title: leg.toUpperCase() + ' latency and success', ...size(first), plugins: [marks(leg)],
				scales: { '%': { range: [0, 101] } }, axes: [...axes(' ms'), { scale: '%', side: 1, stroke: getComputedStyle(document.body).color, grid: { show: false }, values: (plot, values) => values.map((value) => value + ' %') }],
				series: [{}, { label: 'p50', stroke: colours[0], width: 2 }, { label: 'p95', stroke: colours[1], width: 2 }, { label: 'success', stroke: colours[2], scale: '%', dash: [4, 4] }] }, data.latency, first);
			const served = new uPlot({ title: leg.toUpperCase() + ' who served', ...size(second), axes: axes(''),
				series: [{}, ...data.names.map((name, i) => ({ label: name, stroke: colours[i % 7], fill: colours[i % 7], paths: uPlot.paths.bars({ size: [.9] }), points: { show: false } })).reverse()] }, data.served, second);
			plots[leg] = { latency, served };
			new ResizeObserver(() => { latency.setSize(size(first)); served.setSize(size(second)); }).observe(box);
		}
		else {
			plots[leg].latency.setData(data.latency);
			plots[leg].served.setData(data.served);
		}
	}

	function breakers(card) {
		const now = Date.now(), from = Math.max(now - card.history.spanMs, Date.parse(card.since));
		const lanes = legs.flatMap((leg) => Object.entries(card[leg].targets).map(([name, target]) => {
			const lane = make('div', null, 'lane'), bar = make('div', null, 'bar');
			const changes = card.history.events.filter((event) => event.type === 'breaker' && event.layer === leg && event.subject === name);
			bar.setAttribute('role', 'img');
			bar.setAttribute('aria-label', name + ' is ' + target.breaker + ', after ' + changes.length + ' changes');
			changes.forEach((change, i) => {
				const start = Date.parse(change.at), end = i + 1 < changes.length ? Date.parse(changes[i + 1].at) : now;
				const span = make('span', null, change.state);
				span.style.left = 100 * Math.max(0, start - from) / (now - from) + '%';
				span.style.width = Math.max(.2, 100 * (end - start) / (now - from)) + '%';
				span.title = change.state + ' from ' + clock(change.at);
				bar.append(span);
			});
			lane.append(make('span', name), bar);
			return lane;
		}));
		el('breakers').replaceChildren(...lanes);
	}

	function events(card) {
		const said = card.history.events.slice(-100).reverse().map((event) => {
			const what = event.type === 'breaker' ? 'breaker of ' + event.subject + ' is ' + event.state
				: event.type === 'incident-began' ? 'incident on ' + event.subject + ' began'
				: 'incident on ' + event.subject + ' ended after ' + ms(event.durationMs);
			return make('li', clock(event.at) + ' ' + event.layer + ': ' + what);
		});
		el('events').replaceChildren(...(said.length ? said : [make('li', 'Nothing')]));
	}

	const url = (name) => new URL(name, location.href).href;
	async function send(method, name, body) {
		const answer = await fetch(url(name), { method, headers: body ? { 'Content-Type': 'application/json' } : {}, body: body && JSON.stringify(body) });
		const text = await answer.text();
		const json = text ? JSON.parse(text) : null;
		if (!answer.ok) throw new Error(json && json.error || answer.status);
		return json;
	}
	const act = (text, action) => {
		const button = make('button', text);
		button.type = 'button';
		button.addEventListener('click', async () => {
			try { el('said').textContent = (await action()) || 'Done'; await refresh(); }
			catch (problem) { el('said').textContent = 'Refused: ' + problem.message; }
		});
		return button;
	};

	const kinds = [['burst', { count: 20 }, legs], ['brownout', { latency: '2s' }, legs], ['random', { rate: '0.6' }, legs], ['rate-limit', {}, ['llm']], ['stream-cut', {}, ['llm']], ['mcp-tool', {}, ['mcp']], ['mcp-timeout', {}, ['mcp']]];
	let offered = '';
	function chaos(card) {
		const names = JSON.stringify(legs.map((leg) => Object.keys(card[leg].targets)));
		if (!controls.chaos || names === offered) return;
		offered = names;
		el('chaos').hidden = false;
		el('faults').replaceChildren(...legs.flatMap((leg) => Object.keys(card[leg].targets).map((target) => {
			const group = make('div');
			group.setAttribute('role', 'group');
			group.setAttribute('aria-label', 'Faults for ' + target);
			group.append(make('strong', target + ' '));
			kinds.filter(([, , on]) => on.includes(leg)).forEach(([fault, fields]) => {
				const button = act(fault, async () => (await send('POST', 'chaos', { fault, layer: leg, target, ttl: '60s', ...fields })).id + ' injected: ' + fault + ' on ' + target);
				button.dataset.fault = leg + ':' + target + ':' + fault;
				group.append(button);
			});
			return group;
		})), act('Remove all faults', async () => { await send('DELETE', 'chaos'); return 'All faults removed'; }));
	}
	async function active() {
		if (!controls.chaos) return;
		const faults = await send('GET', 'chaos');
		el('active').replaceChildren(...faults.map((fault) => {
			const item = make('li', fault.id + ': ' + fault.fault + ' on ' + (fault.target || 'all of ' + fault.layer) + ' until ' + clock(fault.until) + ' ');
			item.append(act('remove', async () => { await send('DELETE', 'chaos/' + encodeURIComponent(fault.id)); return fault.id + ' removed'; }));
			return item;
		}));
	}
	async function experiments() {
		if (!controls.experiments) return;
		el('experiments').hidden = false;
		const all = await send('GET', 'experiments');
		el('runs').replaceChildren(...all.map((experiment) => {
			const last = experiment.last;
			const item = make('li', experiment.name + (experiment.running ? ': running ' : last ? ': ' + last.verdict + ' at ' + clock(last.endedAt) + (last.reason ? ', ' + last.reason : '') + ' ' : ' '));
			item.append(act('run', async () => { await send('POST', 'experiments/' + encodeURIComponent(experiment.name), {}); return experiment.name + ' started'; }));
			return item;
		}));
	}

	let latest;
	function show(card) {
		latest = card;
		el('since').textContent = 'Since ' + new Date(card.since).toLocaleString();
		el('fresh').textContent = 'as of ' + new Date().toLocaleTimeString();
		verdict(card); chains(card); targets(card); legs.forEach((leg) => chart(card, leg)); breakers(card); events(card); chaos(card);
	}
	async function refresh() {
		try {
			show(await send('GET', location.pathname + '?format=json&since=1h'));
			await active();
			await experiments();
		}
		catch (problem) {
			el('fresh').textContent = 'The application does not answer: ' + problem.message;
		}
	}
	show(JSON.parse(el('first').textContent));
	refresh();
	setInterval(() => { if (!document.hidden) refresh(); }, 2000);
})();
