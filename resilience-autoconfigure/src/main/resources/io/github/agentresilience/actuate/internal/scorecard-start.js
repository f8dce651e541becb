(async () => {
	'use strict';
	// The program comes compressed: it would be half of the page.
	const script = document.createElement('script');
	script.nonce = document.currentScript.nonce;
	const bytes = Uint8Array.from(atob(document.getElementById('program').textContent), (char) => char.charCodeAt(0));
	script.textContent = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
	document.head.append(script);
})();
