	// Tokens, and what they cost, by chain and target, and by the hour.
	const count = (value) => value.toLocaleString();
	// Four digits that matter, however small
	const amount = (value) => value.toLocaleString(undefined, value < 1 ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: 2 });
	const money = (s) => s.cost === null ? '–' : amount(s.cost) + (s.unpricedTokens ? ' + ' + count(s.unpricedTokens) + ' tokens without a price' : '');
	const part = (s) => count(s.resilience.inputTokens + s.resilience.outputTokens) + ' tokens' + (s.resilience.cost === null ? '' : ', ' + money(s.resilience));
	const unknown = (s) => count(s.unknownAttempts) + (s.estimatedInputTokens ? ' (about ' + count(s.estimatedInputTokens) + ' input tokens' + (s.estimatedCost ? ', ' + amount(s.estimatedCost) : '') + ')' : '');
	const spent = (s) => [count(s.inputTokens), count(s.outputTokens), ...[money(s), part(s), unknown(s)].map((text) => make('td', text, 'words'))];
	const spentOn = ['input tokens', 'output tokens', 'cost', 'price of resilience', 'attempts of unknown usage'];

	function spend() {
		const { chains, targets } = card.llm;
		el('money').hidden = !Object.keys(targets).length;
		if (el('money').hidden) return;
		if (!boxes.spend) {
			boxes.spend = make('table');
			el('spend').append(scrolling('Tokens and cost', boxes.spend));
		}
		table(boxes.spend, 'Tokens and cost', ['chain or target', ...spentOn], Object.entries(chains).map(([name, chain]) => ['chain ' + name, ...spent(chain.summary.spend)])
			.concat(Object.entries(targets).map(([name, target]) => ['target ' + name, ...spent(target.spend)])));
		hours();
	}

	function hours() {
		if (!el('byhour').open || !card.hours) return;
		if (!boxes.hours) {
			boxes.hours = make('table');
			el('hours').append(scrolling('Tokens and cost by the hour', boxes.hours));
		}
		table(boxes.hours, 'Tokens and cost by the hour', ['from', 'chain / target', ...spentOn], [...card.hours].reverse().flatMap((hour) => Object.entries(hour.chains).flatMap(([chain, targets]) =>
			Object.entries(targets).map(([target, s]) => [new Date(hour.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }), chain + ' / ' + target, ...spent(s)]))));
	}
