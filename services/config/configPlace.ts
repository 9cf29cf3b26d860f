import { readFile } from 'node:fs/promises';
import type { ErrorCode } from '../../core/protocol/errorCatalogue.ts';
import { PutError } from '../../core/protocol/errors.ts';

/** The last line (from 1) of a Config file that sets the key; undefined where none does. */
function lineOf(text: string, key: string): number | undefined {
  const at = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .findLastIndex((line) => line.split('=', 1)[0]?.trim() === key);
  return at < 0 ? undefined : at + 1;
}

/** Where a port came from when it was not taken from the Config file. */
export type PortOrigin = { readonly file: string | undefined; readonly portBase: number | undefined };

const WITH_A_PLACE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'port-in-use',
  'address-unavailable',
  'config-file-unusable',
]);

/**
 * A listener that could not be opened, or a file of the site that cannot be used, with the line of the Config file to change, or why there is none; any other error as
 * it is. The keys are the ones that the error's detail `key` names; `LISTEN` for an address that this machine does not have.
 */
export async function withConfigLine(error: unknown, origin: PortOrigin): Promise<unknown> {
  if (!(error instanceof PutError) || !WITH_A_PLACE.has(error.code)) return error;
  const named = error.code === 'address-unavailable' ? 'LISTEN' : String(error.details['key'] ?? '');
  const keys = named.match(/[A-Z]+/g) ?? [];
  const { file, portBase } = origin;
  const [are, them] = keys.length > 1 ? ['are defaults', 'them'] : ['is the default', 'it'];
  const tell = (place: string, details: Record<string, string | number> = {}): PutError =>
    new PutError(error.code, `${error.message}; ${place}`, { ...error.details, ...details }, { cause: error });
  if (error.code === 'port-in-use' && portBase !== undefined) return tell('the port comes from --port-base');
  if (file === undefined) return tell(`${named} ${are}, no Config file was given`);
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = keys.flatMap((key) => {
    const line = lineOf(text, key);
    return line === undefined ? [] : [{ key, line }];
  });
  const [first] = lines;
  if (!first) return tell(`${named} ${are}, ${file} does not set ${them}`, { file });
  const places = lines.map(({ key, line }) => `line ${line} (${key})`).join(' and ');
  return tell(`see ${file}, ${places}`, { file, line: first.line });
}
