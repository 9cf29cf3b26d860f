import { printable } from '../../core/model/strangerText.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { someNodes } from '../jobText.ts';
import type { SessionContext } from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { mark, plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';

/** Hosts that one request asks for their keys. */
const NAMES_A_REQUEST = 200;

type Shown = MethodResult<'inventory.shownKeys'>['shown'];
type Failed = MethodResult<'inventory.shownKeys'>['failed'];

interface PinOptions {
  readonly yes?: boolean | undefined;
  /** Told with the result: what the command did before. */
  readonly with?: object | undefined;
}

/** Shows the host keys that hosts show now, asks whether they are right, and pins them. */
export async function pinKeys(
  context: SessionContext,
  names: readonly string[],
  options: PinOptions,
): Promise<ExitCode> {
  const { session, host, output } = context;
  const [shown, failed]: [Shown, Failed] = [[], []];
  for (let at = 0; at < names.length; at += NAMES_A_REQUEST) {
    const part = names.slice(at, at + NAMES_A_REQUEST);
    output.passing(`Asking ${plural(names.length, 'host')} for host keys: ${at}...`);
    const answer = await unlessEnded(host, session, session.request('inventory.shownKeys', { names: part }));
    shown.push(...answer.shown);
    failed.push(...answer.failed);
  }
  output.passing('');
  const fresh = shown.filter(({ fingerprint, pinned }) => !pinned.includes(fingerprint));
  const text = (): string => shownText(fresh, failed, context);
  const ask = options.yes !== true && fresh.length > 0;
  const canAsk = host.terminal.canAsk && !output.json;
  if (canAsk || options.yes === true) output.note(text());
  const question = `Pin ${fresh.length === 1 ? 'it' : `these ${fresh.length}`}, compared with what the nodes say themselves (ssh-keygen -lf)? Type yes or no: `;
  const wanted = !ask || (canAsk && (await host.terminal.ask(question)).trim().toLowerCase() === 'yes');
  const keys = Object.fromEntries(fresh.map(({ name, key }) => [name, [key]]));
  const { pinned } =
    wanted && fresh.length > 0
      ? await unlessEnded(host, session, session.request('inventory.pin', { keys }))
      : { pinned: [] };
  output.result({ ...options.with, shown, failed, pinned }, () => {
    if (pinned.length > 0) return `Pinned: ${someNodes(pinned)}.`;
    if (fresh.length === 0) return failed.length > 0 ? text() : 'They show the host keys that are pinned.';
    return `${canAsk ? '' : `${text()}\n\n`}Nothing was pinned. Compare the fingerprints, then: ${pinCommand(fresh)}${canAsk ? ', or answer yes' : ''}.`;
  });
  if (fresh.length > 0 && !wanted) return EXIT.needsPerson;
  return failed.length > 0 ? EXIT.warnings : EXIT.done;
}

/** The command that pins without asking: a key in place of another one is taken by name alone. */
function pinCommand(fresh: Shown): string {
  const changed = fresh.filter(({ pinned }) => pinned.length > 0).map(({ name }) => name);
  if (changed.length === 0) return 'putctl inventory pin --yes';
  return `putctl inventory repin ${changed.slice(0, 10).join(' ')}${changed.length > 10 ? ' ...' : ''} --yes`;
}

function shownText(fresh: Shown, failed: Failed, { host }: SessionContext): string {
  const parts: string[] = [];
  if (fresh.length > 0) {
    const rows = fresh.map((one) => [
      one.name,
      one.fingerprint,
      one.key.split(' ')[0] ?? '',
      one.pinned.join(' ') || '-',
    ]);
    const columns = [{ title: 'HOST' }, { title: 'SHOWS' }, { title: 'TYPE' }, { title: 'PINNED BEFORE' }];
    parts.push(formatTable(columns, rows, { columns: host.terminal.columns }));
    if (fresh.some(({ pinned }) => pinned.length > 0)) {
      parts.push(
        'A host that shows another key than before was installed anew, or is another machine: ask before you pin it.',
      );
    }
  }
  parts.push(
    ...failed.map(
      ({ name, message, code }) =>
        `${mark('unreachable', host.terminal.style)}  ${name}: ${printable(message)} (${code})`,
    ),
  );
  return parts.join('\n');
}
