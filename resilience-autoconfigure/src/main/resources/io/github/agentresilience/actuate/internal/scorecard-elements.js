	// What the page is made of: elements, figures as text, tables, and words with their explanation.
	const el = (id) => document.getElementById(id);
	const make = (tag, text, cls) => {
		const node = document.createElement(tag);
		if (text !== undefined && text !== null) node.textContent = text;
		if (cls) node.className = cls;
		return node;
	};
	// Live regions are read out whenever they are written to, so only when there is something new
	const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
	const ms = (value) => value === null || value === undefined ? '–' : value >= 10000 ? (value / 1000).toFixed(1) + ' s' : value.toFixed(0) + ' ms';
	const share = (value) => value === null || value === undefined ? '–' : (value * 100).toFixed(1) + ' %';
	const time = (at) => new Date(at).toLocaleTimeString();
	const listed = (counts) => Object.entries(counts).map(([name, count]) => name.replaceAll('_', ' ') + ' ' + count).join(', ');

	// Headings and labels that are explained, by the id of their explanation
	const explained = { MTTR: 'mttr', fallbacks: 'fallbacks', 'fallback rate': 'fallbacks', incidents: 'incident', outages: 'outage', breaker: 'breaker', skipped: 'skipped', unacceptable: 'unacceptable',
		p50: 'p95', p95: 'p95', p99: 'p95', 'over limits': 'limits', limits: 'left', cost: 'cost', 'price of resilience': 'price', 'attempts of unknown usage': 'unknown' };

	// Explained on hover, on focus and on a touch; for screen readers it is the description of the word
	function word(text) {
		if (!explained[text]) return text;
		const button = make('button', text, 'help');
		button.type = 'button';
		button.setAttribute('aria-describedby', 'word-' + explained[text]);
		return button;
	}

	let unclear = null;
	function explain(button) {
		unclear = button;
		const tip = el('tip'), at = button.getBoundingClientRect();
		tip.textContent = el(button.getAttribute('aria-describedby')).textContent;
		tip.hidden = false;
		const { width, height } = tip.getBoundingClientRect(), room = document.documentElement.clientWidth;
		tip.style.left = Math.max(8, Math.min(at.left, room - width - 8)) + 'px';
		tip.style.top = (at.bottom + height > innerHeight ? at.top - height : at.bottom) + 'px';
	}

	const unexplain = () => { unclear = null; el('tip').hidden = true; };
	['pointerover', 'focusin', 'click'].forEach((event) => document.addEventListener(event, ({ target }) => {
		const button = target.closest('.help');
		if (button) explain(button);
		else if (event !== 'click' && !target.closest('#tip')) unexplain();
	}));
	document.addEventListener('focusout', unexplain);
	document.addEventListener('scroll', () => { if (unclear) explain(unclear); }, true);
	document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') unexplain(); });

	// Roles are said because narrow screens lay rows out as blocks. The head stays as long as its words do, and with it the focus.
	function table(node, caption, headings, rows) {
		const textual = headings.map((heading, i) => Boolean(rows.length) && rows[0][i] instanceof Node && ['text', 'name'].includes(rows[0][i].className));
		const known = JSON.stringify([headings, textual]);
		if (node.dataset.headings !== known) {
			const head = make('thead'), line = make('tr'), body = make('tbody');
			headings.forEach((heading, i) => {
				const th = make('th', null, textual[i] ? 'text' : '');
				th.scope = 'col';
				th.setAttribute('role', 'columnheader');
				th.append(word(heading));
				line.append(th);
			});
			[head, body].forEach((part) => part.setAttribute('role', 'rowgroup'));
			line.setAttribute('role', 'row');
			head.append(line);
			node.className = 'data';
			node.setAttribute('role', 'table');
			node.dataset.headings = known;
			node.replaceChildren(make('caption', caption, 'sr'), head, body);
		}
		node.tBodies[0].replaceChildren(...rows.map(([name, ...cells]) => {
			const tr = make('tr'), th = make('th');
			tr.setAttribute('role', 'row');
			th.scope = 'row';
			th.setAttribute('role', 'rowheader');
			th.append(name);
			tr.append(th, ...cells.map((cell, i) => {
				const td = cell instanceof Node ? cell : make('td', cell);
				td.setAttribute('role', 'cell');
				td.dataset.label = headings[i + 1];
				return td;
			}));
			return tr;
		}));
	}

	// A figure, with what there is to say of it beneath
	function detailed(figure, details, cls) {
		const cell = make('td', figure, cls);
		if (details) cell.append(' ', make('small', details));
		return cell;
	}

	function scrolling(label, node) {
		const box = make('div', null, 'scroll');
		box.tabIndex = 0;
		box.setAttribute('role', 'region');
		box.setAttribute('aria-label', label);
		box.append(node);
		return box;
	}
