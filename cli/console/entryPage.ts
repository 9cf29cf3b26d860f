import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolder } from '../../core/node/makeFolder.ts';

/** What a window is told in its page: the secret without which the bridge is not opened. The page reads it and takes it out. */
export const PAGE_SECRET_NAME = 'put-page-secret';

/** Light or dark as the browser has it; the fonts of the windows are behind the code. */
const STYLE =
  ':root{color-scheme:light dark}body{margin:48px auto;max-width:460px;padding:0 16px;font:14px/1.5 system-ui,sans-serif}' +
  'h1{font-size:18px}label{display:block}input{display:block;box-sizing:border-box;width:100%;margin:4px 0 12px}' +
  'input,button{font:inherit;padding:5px 10px}';

/** Policy of the pages below: they hold a form for the console itself, their style and nothing else. */
export const FORM_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const pageOf = (title: string, body: string): string =>
  `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n<style>${STYLE}</style>\n${body}\n</html>\n`;

/** Asks for the one-use code, where a browser came without it. */
export function codePage(why: string): string {
  return pageOf(
    'PUT Desktop',
    `<h1>PUT Desktop</h1>\n<p>${why}</p>\n<form method="post" action="/enter" autocomplete="off">\n` +
      '<label>Code that putctl console printed: <input name="code" type="password" autofocus></label>\n' +
      '<button>Open</button>\n</form>',
  );
}

/** Origin and code have no signs of HTML. */
function postingPage(origin: string, code: string): string {
  return pageOf(
    'PUT Desktop',
    `<form method="post" action="${origin}/enter"><input type="hidden" name="code" value="${code}">` +
      '<button>Open PUT Desktop</button></form>\n<script>document.forms[0].submit()</script>',
  );
}

/** A page on disk that hands the one-use code to the console: the browser's arguments, which all users of the machine see, name only it. */
export interface EntryFile {
  readonly path: string;
  /** As an address for a browser. */
  readonly address: string;
  remove(): Promise<void>;
}

/** Writes the page for its user alone. */
export async function writeEntryFile(folder: string, origin: string, code: string): Promise<EntryFile> {
  await makeFolder(folder, 0o700);
  const path = join(folder, `enter-${process.pid}.html`);
  await rm(path, { force: true });
  // Made by us or not at all: nobody can have put a file of more rights in its place.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(postingPage(origin, code));
  } finally {
    await file.close();
  }
  return { path, address: pathToFileURL(path).href, remove: () => rm(path, { force: true }) };
}
