	// What a tired operator sees first: a few large figures, and what to look at.
	const short = (value) => value.toLocaleString(undefined, { notation: 'compact', maximumFractionDigits: 1 });
	const sum = (values) => values.reduce((all, value) => all + value, 0);
	const everyTarget = () => layers.flatMap((layer) => Object.entries(card[layer].targets).map(([name, target]) => ({ layer, name, target })));

	function added(key) {
		const counts = {};
		everyTarget().forEach(({ target }) => Object.entries(target[key] ?? {}).forEach(([name, count]) => { counts[name] = (counts[name] ?? 0) + count; }));
		return counts;
	}

	// Label, figure, what there is to say of it, and how bad it is; the bounds are those of the alerts
	function glances() {
		const { overall, llm } = card, spend = llm.summary.spend, failed = added('failedByKind'), skipped = added('skippedFor');
		const queues = layers.flatMap((layer) => card[layer].queue ? [card[layer].queue] : []);
		const limited = (skipped.limited ?? 0) + (skipped.saturated ?? 0), waiting = sum(queues.map((queue) => queue.waiting));
		const used = spend.inputTokens + spend.outputTokens;
		return [
			['success', share(overall.successRate), short(overall.calls) + ' calls', overall.successRate === null ? '' : overall.successRate < .99 ? 'bad' : 'good'],
			['fallback rate', share(overall.fallbackRate), short(overall.fallbacks) + ' calls', overall.fallbackRate > .5 ? 'warn' : ''],
			['p95', ms(overall.p95Ms), 'p50 ' + ms(overall.p50Ms)],
			['MTTR', ms(overall.mttrMs), overall.incidents + (overall.incidents === 1 ? ' incident' : ' incidents') + (overall.openIncident ? ', one is open' : ''), overall.openIncident ? 'bad' : ''],
			['failed attempts', short(sum(Object.values(failed))), listed(failed)],
			...(llm.summary.unacceptable ? [['unacceptable', short(llm.summary.unacceptable), 'answers', 'warn']] : []),
			...(queues.length ? [['over limits', short(limited), waiting + ' of at most ' + sum(queues.map((queue) => queue.most)) + ' wait now', waiting ? 'warn' : '']] : []),
			...(Object.keys(llm.targets).length ? [['tokens', short(used), short(spend.inputTokens) + ' in, ' + short(spend.outputTokens) + ' out'],
				['cost', spend.cost === null ? '–' : amount(spend.cost), spend.cost === null ? 'no target has a price' : share(spend.cost ? (spend.resilience.cost ?? 0) / spend.cost : 0) + ' of it for resilience']] : [])];
	}

	function glance() {
		const tiles = glances(), box = el('glance'), known = JSON.stringify(tiles.map(([label]) => label));
		if (box.dataset.labels !== known) {
			box.dataset.labels = known;
			box.replaceChildren(...tiles.map(([label]) => {
				const tile = make('div'), term = make('dt');
				term.append(word(label));
				tile.append(term, make('dd', null, 'figure'), make('dd', null, 'quiet'));
				return tile;
			}));
		}
		tiles.forEach(([, figure, note, cls], i) => {
			const [, value, said] = box.children[i].children;
			set(value, figure);
			value.className = 'figure ' + (cls ?? '');
			set(said, note);
		});
	}

	const advice = JSON.parse(el('advice').textContent);
	const about = (...keys) => keys.map((key) => advice.find((each) => each.for.includes(String(key)))).find((each) => each) ?? advice[0];

	function troubles() {
		const chains = layers.flatMap((layer) => Object.entries(card[layer].chains).flatMap(([name, chain]) => !chain.available || chain.summary.openIncident
			? [{ id: layer + ' chain ' + name, at: Infinity, what: about('chain'), text: 'The ' + layer + ' chain ' + name + (chain.available ? ' has had no answer since an attempt failed' : ' has no target that may be called') }] : []));
		return chains.concat(everyTarget().flatMap(({ layer, name, target }) => {
			const { lastFailure: last, skippedFor = {} } = target, found = [];
			const add = (key, at, text) => found.push({ id: layer + ' ' + name, at, what: about(...key), text: name + text });
			if (target.breaker === 'FORCED_OPEN') add(['forced'], Infinity, ': taken out of service by an operator');
			if (last) {
				const at = Date.parse(last.at), day = new Date(at).toDateString() === new Date(past.now).toDateString() ? '' : new Date(at).toLocaleDateString() + ' ';
				add([last.reason, last.message.slice(0, 3), last.kind], at, ': ' + last.kind + (last.reason ? ' (' + last.reason + ')' : '') + ': ' + last.message + ' (' + day + time(at) + ')');
			}
			['limited', 'saturated'].filter((reason) => skippedFor[reason]).forEach((reason) => add([reason], 0, ': ' + reason + ', passed over ' + skippedFor[reason] + ' times'));
			return found;
		})).sort((a, b) => b.at - a.at);
	}

	// Marked as code where the text says so
	const prose = (text) => text.split('`').map((part, i) => i % 2 ? make('code', part) : part);

	function look() {
		const all = troubles();
		el('look').hidden = !all.length;
		list(el('troubles'), all, ({ id, what }) => id + ': ' + what.for[0], ({ id, what }) => {
			const box = make('details'), summary = make('summary', 'What to do'), steps = make('ol');
			summary.append(make('span', ' about ' + id, 'sr'));
			steps.append(...what.look.map((step) => { const li = make('li'); li.append(...prose(step)); return li; }));
			box.append(summary, make('strong', what.title), steps);
			return [box];
		}, ({ text }) => text);
	}
