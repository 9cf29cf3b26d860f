import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a window is told in its page: the secret without which the bridge is not opened. The page reads it and takes it out. */
export const PAGE_SECRET_NAME = 'put-page-secret';

/** Policy of the pages below: they hold a form for the console itself and nothing else. */
export const FORM_POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const pageOf = (title: string, body: string): string =>
  `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n${body}\n</html>\n`;

/** Asks for the one-use code, where a browser came without it. */
export function codePage(why: string): string {
  return pageOf(
    'PUT Desktop',
    `<p>${why}</p>\n<form method="post" action="/enter" autocomplete="off">\n` +
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
  await mkdir(folder, { recursive: true, mode: 0o700 });
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
