	// What the reader may do, through the endpoints beside this one.
	const kinds = [['burst', { count: 20 }, layers], ['brownout', { latency: '2s' }, layers], ['random', { rate: '0.6' }, layers], ['rate-limit', {}, ['llm']], ['stream-cut', {}, ['llm']], ...['malformed', 'empty', 'truncated', 'slow-drip', 'reset', 'expired-credentials', 'refuse-history'].map((kind) => [kind, {}, ['llm']]), ['mcp-tool', {}, ['mcp']], ['mcp-timeout', {}, ['mcp']], ...['session-loss', 'schema-drift', 'stale'].map((kind) => [kind, {}, ['mcp']])];
	let offered = '';

	// A page of another origin could lay itself over our buttons and have them clicked.
	function framedByAnother() {
		try {
			for (let frame = window; frame !== frame.parent; frame = frame.parent) {
				if (frame.parent.location.origin !== location.origin) return true;
			}
			return false;
		}
		catch (forbidden) {
			return true;
		}
	}

	// What proves to Spring Security that a change comes from this page: the page's own token, or the cookie for scripts.
	// Which of them the application wants is not said anywhere, so the second is tried where the first is refused.
	function findProofs() {
		const meta = (name) => (document.querySelector('meta[name=' + name + ']') || {}).content;
		const cookie = document.cookie.split('; ').find((each) => each.startsWith('XSRF-TOKEN='));
		const found = [];
		if (meta('_csrf') && meta('_csrf_header')) found.push({ [meta('_csrf_header')]: meta('_csrf') });
		if (cookie) found.push({ 'X-XSRF-TOKEN': decodeURIComponent(cookie.slice('XSRF-TOKEN='.length)) });
		return found.length ? found : [{}];
	}

	async function send(method, path, body) {
		const ask = (proof) => fetch(base + path, { method, headers: body ? { ...proof, 'Content-Type': 'application/json' } : proof, body: body && JSON.stringify(body), signal: AbortSignal.timeout(10000) });
		let answer;
		if (method === 'GET') answer = await ask({});
		else {
			for (const proof of findProofs()) {
				answer = await ask(proof);
				if (answer.status !== 403) break;
			}
		}
		const text = await answer.text();
		let json = null;
		try { json = text ? JSON.parse(text) : null; }
		catch (other) { if (answer.ok) throw new Error('it sent something else than JSON'); }
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

	// Keeps the nodes of what is still there, and with them the focus.
	function list(node, items, key, create, say) {
		const focused = node.contains(document.activeElement);
		const left = new Map([...node.children].map((child) => [child.dataset.key, child]));
		items.forEach((item, i) => {
			let child = left.get(key(item));
			left.delete(key(item));
			if (!child) {
				child = make('li');
				child.dataset.key = key(item);
				child.append(make('span'), ...create(item));
			}
			set(child.firstChild, say(item));
			if (node.children[i] !== child) node.insertBefore(child, node.children[i] || null);
		});
		left.forEach((child) => child.remove());
		if (focused && !node.contains(document.activeElement)) {
			node.tabIndex = -1;
			node.focus();
		}
	}

	function faults() {
		if (!controls.chaos || !controls.chaos.write) return;
		const names = JSON.stringify(layers.map((layer) => Object.keys(card[layer].targets)));
		if (names === offered) return;
		offered = names;
		el('faults').replaceChildren(...layers.flatMap((layer) => Object.keys(card[layer].targets).map((target) => {
			const group = make('div');
			group.setAttribute('role', 'group');
			group.setAttribute('aria-label', 'Faults for ' + target);
			group.append(make('strong', target + ' '));
			kinds.filter(([, , on]) => on.includes(layer)).forEach(([fault, fields]) => {
				const button = act(fault, async () => (await send('POST', controls.chaos.path, { fault, layer, target, ttl: '60s', ...fields })).id + ' injected: ' + fault + ' on ' + target);
				button.dataset.fault = layer + ':' + target + ':' + fault;
				group.append(button);
			});
			return group;
		})), act('Remove all faults', async () => { await send('DELETE', controls.chaos.path); return 'All faults removed'; }));
	}

	async function active() {
		if (!controls.chaos) return;
		el('chaos').hidden = false;
		if (!controls.chaos.write) set(el('h-chaos'), 'Faults');
		try {
			const all = await send('GET', controls.chaos.path);
			set(el('faulty'), all.length ? '' : 'No fault is active');
			list(el('active'), all, (fault) => fault.id, (fault) => controls.chaos.write ? [act('remove ' + fault.id, async () => { await send('DELETE', controls.chaos.path + '/' + encodeURIComponent(fault.id)); return fault.id + ' removed'; })] : [],
				(fault) => fault.id + ': ' + fault.fault + ' on ' + (fault.target || 'all of ' + fault.layer) + ' until ' + time(fault.until) + ' ');
		}
		catch (problem) {
			set(el('faulty'), 'Active faults cannot be read: ' + problem.message);
		}
	}

	async function experiments() {
		if (!controls.experiments) return;
		el('experiments').hidden = false;
		try {
			const all = await send('GET', controls.experiments.path);
			set(el('trouble'), all.length ? '' : 'There are none');
			list(el('runs'), all, (experiment) => experiment.name, (experiment) => {
				if (!controls.experiments.write) return [];
				const button = act('run ' + experiment.name, async () => { await send('POST', controls.experiments.path + '/' + encodeURIComponent(experiment.name), {}); return experiment.name + ' started'; });
				button.dataset.run = experiment.name;
				return [button];
			}, ({ name, running, last }) => name + (running ? ': running ' : last ? ': ' + last.verdict + ' at ' + time(last.endedAt) + (last.reason ? ', ' + last.reason : '') + ' ' : ' '));
		}
		catch (problem) {
			set(el('trouble'), 'Experiments cannot be read: ' + problem.message);
		}
	}
