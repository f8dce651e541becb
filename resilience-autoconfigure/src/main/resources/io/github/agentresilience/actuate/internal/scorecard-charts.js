	// The charts of a layer: latency and success, and who served.
	const dark = matchMedia('(prefers-color-scheme: dark)');
	const colours = () => dark.matches ? ['#58a6ff', '#f778ba', '#3fb950', '#d29922', '#bc8cff', '#ffa657', '#9198a1']
		: ['#0969da', '#bf3989', '#1a7f37', '#9a6700', '#8250df', '#bc4c00', '#57606a'];
	const plots = {};
	const beginning = () => Math.min(Math.max(past.now - hour, Date.parse(card.since)), past.now - 300000);

	// Each slice as a step of its own length, and nothing where there were no calls.
	function series(layer, names) {
		const x = [], p50 = [], p95 = [], success = [], served = names.map(() => []);
		const put = (at, slice) => {
			x.push(at / 1000);
			p50.push(slice ? slice.p50Ms : null);
			p95.push(slice ? slice.p95Ms : null);
			success.push(slice ? 100 * slice.succeeded / (slice.succeeded + slice.failed) : null);
			names.forEach((name, i) => served[i].push(slice ? slice.served[name] ?? 0 : null));
		};
		const slices = past.slices[layer];
		slices.forEach((slice, i) => {
			const next = i + 1 < slices.length ? slices[i + 1].at : Infinity;
			const end = Math.max(slice.at + 1, Math.min(slice.at + past.sliceMs, past.now, next));
			put(slice.at, slice);
			put(end - 1, slice);
			if (next - end > 1000) put(end, null);
		});
		const heights = x.map(() => 0);
		const stacked = served.map((counts) => counts.map((count, i) => count === null ? null : heights[i] += count));
		return { latency: [x, p50, p95, success], stacked: [x, ...stacked.reverse()], served };
	}

	// Incidents as bands behind the lines, with their mean length as far as there is room, the longest first; an open one goes on to the edge.
	function marks(layer) {
		return { hooks: { drawAxes: [(plot) => {
			const { ctx, bbox } = plot, right = bbox.left + bbox.width, colour = getComputedStyle(document.body).color;
			const taken = [], weight = (incident) => incident.until === null ? Infinity : incident.longestMs;
			ctx.save();
			ctx.beginPath();
			ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
			ctx.clip();
			ctx.font = Math.round(11 * devicePixelRatio) + 'px system-ui, sans-serif';
			ctx.textAlign = 'left';
			ctx.textBaseline = 'top';
			past.incidents.filter((incident) => incident.layer === layer).sort((a, b) => weight(b) - weight(a)).forEach((incident) => {
				const from = plot.valToPos(incident.at / 1000, 'x', true), to = incident.until === null ? right : plot.valToPos(incident.until / 1000, 'x', true);
				if (to < bbox.left || from > right) return;
				const width = Math.max(2, to - from), foot = 8 * devicePixelRatio;
				ctx.fillStyle = '#d1242f33';
				ctx.fillRect(from, bbox.top, width, bbox.height);
				ctx.fillStyle = '#d1242f';
				ctx.fillRect(from, bbox.top + bbox.height - foot, width, foot);
				const text = (incident.until === null ? 'open ' : incident.count > 1 ? incident.count + ' × ' : '') + ms(incident.totalMs / incident.count);
				const length = ctx.measureText(text).width + 12, at = Math.min(Math.max(from + 4, bbox.left), right - length);
				if (taken.some(([start, end]) => at < end && start < at + length)) return;
				taken.push([at, at + length]);
				ctx.fillStyle = colour;
				ctx.fillText(text, at, bbox.top + 8 * devicePixelRatio);
			});
			ctx.restore();
		}] } };
	}

	const height = (unit) => (plot, values) => values.map((value) => unit === ' ms' && value >= 1000 ? value / 1000 + ' s' : value + unit);

	function axes(unit) {
		const stroke = getComputedStyle(document.body).color, grid = { stroke: '#8884', width: 1 };
		const minutes = (plot, splits) => splits.map((at) => new Date(at * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
		return [{ stroke, grid, space: 70, incrs: [60, 300, 600, 900, 1800], values: minutes }, { stroke, grid, size: 60, values: height(unit) }];
	}

	function draw(layer, names, data) {
		const heading = layer.toUpperCase(), [blue, pink, green] = colours(), paint = (i) => colours()[i % 7];
		const frame = (title) => {
			const div = make('div');
			div.setAttribute('role', 'group');
			div.setAttribute('aria-label', title);
			el('charts').append(div);
			return div;
		};
		const common = { height: 220, cursor: { drag: { x: false, y: false } } };
		const x = { range: () => [beginning() / 1000, past.now / 1000] };
		const points = { show: false };
		const frames = [frame(heading + ' latency and success over time'), frame(heading + ' answered calls by who served them')];
		const figure = (unit, digits) => (plot, value) => value === null || value === undefined ? '–' : value.toFixed(digits) + unit;
		const latency = new uPlot({ ...common, title: heading + ' latency and success, incidents with their MTTR', width: room(frames[0]), plugins: [marks(layer)],
			scales: { x, y: { range: (plot, min, max) => [0, max > 0 ? 1.15 * max : 1] }, '%': { range: [0, 101] } },
			axes: [...axes(' ms'), { scale: '%', side: 1, size: 60, stroke: getComputedStyle(document.body).color, grid: { show: false }, values: height(' %') }],
			series: [{}, { label: 'p50', stroke: blue, width: 3, points, value: figure(' ms', 1) }, { label: 'p95', stroke: pink, width: 1.5, points, value: figure(' ms', 1) },
				{ label: 'success', stroke: green, scale: '%', dash: [2, 3], width: 2, points, value: figure(' %', 1) }] }, data.latency, frames[0]);
		const served = new uPlot({ ...common, title: heading + ' who served, calls in ten seconds', width: room(frames[1]), axes: axes(''),
			scales: { x, y: { range: (plot, min, max) => [0, Math.max(1, 1.1 * max)] } },
			// The stack is drawn from its top, and says what each one served and not how high it reaches
			series: [{}, ...names.map((name, i) => ({ label: name, stroke: paint(i), fill: paint(i), points,
				value: (plot, value, at, index) => index === null || index === undefined ? '–' : plots[layer].data.served[i][index] ?? '–' })).reverse()] }, data.stacked, frames[1]);
		return { names: JSON.stringify(names), frames, latency, served, data };
	}

	const room = (frame) => Math.max(260, frame.clientWidth);

	function chart(layer) {
		const names = Object.keys(card[layer].targets);
		if (!names.length) return;
		const data = series(layer, names);
		if (plots[layer] && plots[layer].names !== JSON.stringify(names)) discard(layer);
		if (!plots[layer]) {
			plots[layer] = draw(layer, names, data);
			return;
		}
		plots[layer].data = data;
		plots[layer].latency.setData(data.latency);
		plots[layer].served.setData(data.stacked);
	}

	function discard(layer) {
		const { latency, served, frames } = plots[layer];
		latency.destroy();
		served.destroy();
		frames.forEach((frame) => frame.remove());
		delete plots[layer];
	}

	// Colours are drawn into the canvas, so another scheme needs other plots.
	dark.addEventListener('change', () => { Object.keys(plots).forEach(discard); layers.forEach(chart); });
	new ResizeObserver(() => Object.values(plots).forEach(({ latency, served, frames }) => {
		latency.setSize({ width: room(frames[0]), height: 220 });
		served.setSize({ width: room(frames[1]), height: 220 });
	})).observe(document.getElementById('charts'));

	// What the charts show, for those who cannot see them.
	function digest() {
		if (!el('digest').open) return;
		const step = 300000;
		el('minutes').replaceChildren(...layers.filter((layer) => past.slices[layer].length).flatMap((layer) => {
			const rows = new Map();
			past.slices[layer].forEach((slice) => {
				const at = Math.floor(slice.at / step) * step;
				const row = rows.get(at) || { succeeded: 0, failed: 0, p50Ms: 0, p95Ms: 0, served: {} };
				row.succeeded += slice.succeeded;
				row.failed += slice.failed;
				row.p50Ms = Math.max(row.p50Ms, slice.p50Ms ?? 0);
				row.p95Ms = Math.max(row.p95Ms, slice.p95Ms ?? 0);
				Object.entries(slice.served).forEach(([name, count]) => { row.served[name] = (row.served[name] ?? 0) + count; });
				rows.set(at, row);
			});
			const node = make('table');
			table(node, layer.toUpperCase() + ' by five minutes', ['from', 'calls', 'success', 'highest p50', 'highest p95', 'incidents', 'served by'], [...rows].reverse().map(([at, row]) => [
				time(at), row.succeeded + row.failed, share(row.succeeded / (row.succeeded + row.failed)), ms(row.succeeded ? row.p50Ms : null), ms(row.succeeded ? row.p95Ms : null),
				past.incidents.filter((incident) => incident.layer === layer && incident.at >= at && incident.at < at + step).reduce((sum, incident) => sum + incident.count, 0),
				make('td', Object.entries(row.served).filter(([, count]) => count).map(([name, count]) => name + ' ' + count).join(', '), 'text')]));
			return [make('h3', layer.toUpperCase()), scrolling(layer.toUpperCase() + ' by five minutes', node)];
		}));
	}
