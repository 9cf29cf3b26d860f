import type { Command } from 'commander';
import type { PortRow, PortsView } from '../../core/model/ports.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import {
  wholeNumber,
  withListing,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { formatDuration, mark, paintMark, spanText } from '../output/words.ts';
import type { Terminal } from '../Terminal.ts';
import { readTopic, waitForState } from '../waiting.ts';

const ROLES: Readonly<Record<PortRow['role'], string>> = {
  negotiation: 'CCPORT, negotiation',
  watch: 'watch connection',
  gui: 'GUI port',
  service: 'Job and File service',
  chat: 'Job Chat',
  web: 'web server',
  outside: 'outside of the range',
};

function stateOf(row: PortRow, terminal: Terminal): string {
  const { style } = terminal;
  switch (row.state) {
    case 'free':
      return mark('free', style);
    case 'attached':
      return mark('held', style, 'attached');
    case 'offered':
    case 'detached':
      return mark('idle', style, row.state);
    case 'listening':
      return mark('ok', style, 'listening');
    case 'never-offered':
      return mark('off', style, 'never offered');
    case 'off':
      return mark('off', style);
  }
}

function rowsOf(view: PortsView): PortRow[] {
  return Object.values(view.ports).sort((a, b) => a.port - b.port);
}

/** The ladder of ports and the sessions, as text. */
export function portsText(view: PortsView, terminal: Terminal, nowMs: number): string {
  const ports = formatTable(
    [
      { title: 'PORT', align: 'right' },
      { title: 'WHAT' },
      { title: 'STATE', paint: paintMark(terminal.style) },
      { title: 'CONN', align: 'right' },
      { title: 'HOLDER', shrinks: true },
      { title: 'HELD FOR' },
      { title: 'ENDS IN' },
    ],
    rowsOf(view).map((row) => [
      String(row.port),
      ROLES[row.role],
      stateOf(row, terminal),
      String(row.connections),
      row.lease ? `${row.lease.user} at ${row.lease.clientSystem}` : '',
      row.lease ? spanText(row.lease.sinceMs, nowMs) : '',
      row.lease?.endsAtMs === undefined ? '' : formatDuration(row.lease.endsAtMs - nowMs),
    ]),
    { columns: terminal.columns },
  );
  const sessions = formatTable(
    [
      { title: 'SESSION' },
      { title: 'USER' },
      { title: 'CLIENT SYSTEM', shrinks: true },
      { title: 'WAY' },
      { title: 'PORT', align: 'right' },
      { title: 'STATE' },
      { title: 'SINCE' },
    ],
    Object.values(view.sessions).map((row) => [
      row.sessionId,
      row.user,
      row.clientSystem,
      row.path,
      [row.port, ...new Set(row.sides?.map((side) => side.port))].join(', '),
      mark(row.state === 'online' ? 'ok' : 'idle', terminal.style, row.state),
      spanText(row.sinceMs, nowMs),
    ]),
    { columns: terminal.columns },
  );
  return `GUI ports ${view.rangeFrom} to ${view.rangeTo}\n\n${ports}\n\n${sessions}`;
}

function documentOf(view: PortsView): object {
  return {
    rangeFrom: view.rangeFrom,
    rangeTo: view.rangeTo,
    ports: rowsOf(view),
    sessions: Object.values(view.sessions),
  };
}

/** Shows the ports once, or on every change until Ctrl-C. */
export async function showPorts(context: SessionContext, options: { watch?: boolean | undefined }): Promise<ExitCode> {
  const { host, output, session, masterNowMs } = context;
  if (options.watch !== true) {
    const view = await readTopic<PortsView>(host, session, 'ports');
    output.result(documentOf(view), () => portsText(view, host.terminal, masterNowMs()));
    return EXIT.done;
  }
  await waitForState<PortsView, never>(host, session, 'ports', (view) => {
    output.line(documentOf(view), () => `${portsText(view, host.terminal, masterNowMs())}\n`);
    return undefined;
  });
  return EXIT.done;
}

/** Gives an idle lease back (admin). */
export async function releasePort(context: SessionContext, port: number): Promise<ExitCode> {
  const { host, session } = context;
  const { ports } = await readTopic<PortsView>(host, session, 'ports');
  // Without a holder there is nothing to give back; the master says which of its ports it is.
  const sessionId = ports[String(port)]?.lease?.sessionId ?? 'none';
  await session.request('ports.release', { port, sessionId });
  context.output.result({ released: port }, () => `Port ${port} is free.`);
  return EXIT.done;
}

export function definePorts(program: Command, launch: Launcher): void {
  const ports = withMeant(
    withListing(withTarget(program.command('ports')), {
      of: 'ports',
      name: 'port',
      fields: ['role', 'state', 'connections'],
    }),
    ([port]) => [`ports release ${port}`],
  )
    .description('show every port of the master node: what listens, who holds which GUI port and since when')
    .option('--watch', 'show it again on every change, until Ctrl-C; with --json one line a change')
    .action((options: CommonOptions & { watch?: boolean }) =>
      launch.withSession(options, (context) => showPorts(context, options)),
    );
  ports.addHelpText(
    'after',
    `
Examples:
  putctl ports                     the ladder of ports of the only saved system
  putctl ports --system lab --json | jq '.ports[] | select(.lease)'
  putctl ports release 9004        give an idle lease back at once (admins)

A lease is offered (10 s to use it), attached, or detached: kept for a session that lost its line. Nothing else can hold a
port, and no restart of the services is ever needed.`,
  );
  withTarget(ports.command('release'))
    .description('give an idle (offered or detached) lease back; a port in use is refused with exit code 3')
    .argument('<port>', 'number of the GUI port', wholeNumber(1, 65_535))
    .action((port: number, _options: object, command: Command) =>
      launch.withSession(command.optsWithGlobals(), (context) => releasePort(context, port)),
    );
}
