import { t } from './texts/en.ts';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', csv: 'text/csv', json: 'application/json' };
/** The browser has taken the bytes long before. */
const KEPT_MS = 60_000;

/** Hands a text to the browser as a download; says where a person finds it. */
export function saveInBrowser(suggestedName: string, text: string): { path: string } {
  const name = suggestedName.replace(/[^\w.+ -]/g, '_');
  const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain';
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  return { path: t.console.inDownloads(name) };
}
