import { escapeHtml } from '../../core/model/strangerText.ts';

/** Facts on the start page. */
export interface StartPageFacts {
  readonly systemName: string;
  readonly software: string;
  readonly fingerprint: string;
  readonly practice: boolean;
  readonly hasConsole: boolean;
}

/** Style of the start page; a file of its own, since the content policy allows no inline style. */
export const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1.25rem 4rem; font: 16px/1.55 "IBM Plex Sans", "Segoe UI", system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, ol { margin: .5rem 0; }
code { font: .95em/1.5 "IBM Plex Mono", Consolas, ui-monospace, monospace; }
.fingerprint { display: block; overflow-wrap: anywhere; padding: .75rem 1rem; border: 1px solid; }
.note { border-inline-start: .25rem solid; padding-inline-start: .75rem; }
`.trimStart();

/** The page at /: what this is, how to get in, and the fingerprint to compare. Works without script. */
export function startPage(facts: StartPageFacts): string {
  const name = escapeHtml(facts.systemName);
  const practice = facts.practice
    ? '<p class="note">This is a practice system. Its nodes are simulated; nothing here touches a real one.</p>'
    : '';
  const browser = facts.hasConsole
    ? '<li>Or open <a href="/console/">the browser console</a> and sign in there.</li>'
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name} - putservices</title>
<link rel="stylesheet" href="/start.css">
</head>
<body>
<main>
<h1>${name}</h1>
<p>putservices runs here: the services that upgrade the software on the nodes of this system.</p>
${practice}
<h2>How to get in</h2>
<ol>
<li>Install PUT Desktop on your client system, or use <code>putctl</code> on a console.</li>
<li>Add this system by the host name in the address bar and sign in with your account.</li>
<li>At first contact, compare the fingerprint below with the one that PUT Desktop shows.</li>
${browser}
</ol>
<h2>Fingerprint of this system</h2>
<p>SHA-256 of the public key. putservices prints the same at its start.</p>
<code class="fingerprint">${escapeHtml(facts.fingerprint)}</code>
<h2>Where nothing gets through the firewall</h2>
<p>One open port is enough: <code>putctl path-test</code> says which one to ask for.</p>
<p><small>${escapeHtml(facts.software)}</small></p>
</main>
</body>
</html>
`;
}
