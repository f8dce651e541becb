	// All instances of the fleet together, where there is one. They report every ten seconds, so they are asked less often.
	let askedAt = 0, instances = null;
	async function fleet() {
		if (!first.fleet || Date.now() - askedAt < 5000) return;
		askedAt = Date.now();
		try {
			together(await send('GET', controls.path + '?format=json&scope=fleet'));
		}
		catch (problem) {
			set(el('heard'), 'Not known: ' + problem.message);
		}
		el('fleet').hidden = false;
	}

	function together(all) {
		const silent = all.notHeard.map((each) => each.id.slice(0, 8) + ' for ' + ms(each.lastMs)).join(', '), missing = all.expected - all.instances.length;
		set(el('heard'), all.fleet + ': ' + all.instances.length + ' of ' + all.expected + ' instances' + (all.connected ? '' : '; the fleet cannot be reached, so these are the figures of this instance')
			+ (silent ? '. Not heard: ' + silent : missing > 0 ? '. Not heard yet: ' + missing : '') + '. Incidents are those of the last hour.');
		const names = all.instances.map((each) => each.id.slice(0, 8) + (each.here ? ' (here)' : ''));
		const one = (s) => s ? detailed(s.calls, share(s.successRate) + ', p99 ' + ms(s.p99Ms), s.openIncident ? 'bad' : '') : make('td', '–');
		const row = (name, s, of) => [name, s.calls, share(s.successRate), share(s.fallbackRate), ms(s.p50Ms), ms(s.p95Ms), ms(s.p99Ms), s.incidents + (s.openIncident ? ' (open)' : ''), ms(s.mttrMs), ...of.map(one)];
		if (!instances) {
			instances = make('table');
			el('together').append(scrolling('All instances', instances));
		}
		table(instances, 'All instances', ['chain', 'calls', 'success', 'fallbacks', 'p50', 'p95', 'p99', 'incidents', 'MTTR', ...names], [row('overall', all.overall, all.instances.map((each) => each.overall)),
			...layers.flatMap((layer) => Object.entries(all[layer].chains).map(([name, chain]) => row(layer + ' / ' + name, chain.summary, all.instances.map((each) => chain.instances[each.id]))))]);
	}
