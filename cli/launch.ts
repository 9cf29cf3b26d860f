import type { Command } from 'commander';
import type { SideLineView } from '../core/client/SideLine.ts';
import { firewallRequestForSide } from '../core/model/firewallRequest.ts';
import { printable } from '../core/model/strangerText.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import type { MethodName, MethodParams, MethodResult } from '../core/protocol/methods.ts';
import type { CommandHost } from './CommandHost.ts';
import { nameOfCommand } from './commandLine.ts';
import { hasOwnCsv, listingOf, type CommonOptions, type OutputOptions } from './commonOptions.ts';
import { withDeadline } from './deadline.ts';
import { aimOf } from './aim.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './exitCodes.ts';
import type { MasterSession } from './MasterSession.ts';
import { jsonText, yamlText, type OutputForm } from './output/forms.ts';
import { createOutput, errorDocument, errorText, type Output } from './output/Output.ts';
import { folded } from './output/prose.ts';
import { formatDuration } from './output/words.ts';
import { connectTo, HintedError, type TargetOptions } from './target.ts';
import { unlessStopped } from './waiting.ts';

export * from './commonOptions.ts';

/** What a command gets that runs on this machine alone. */
export interface LocalContext {
  readonly host: CommandHost;
  readonly output: Output;
}

/** What a command gets that asks a master. */
export interface SessionContext extends LocalContext {
  readonly session: MasterSession;
  /** The master's clock at this moment, in ms since 1970. */
  readonly masterNowMs: () => number;
}

/** Runs the work of commands, tells their errors, and keeps the exit code. */
export interface Launcher {
  local(options: OutputOptions, work: (context: LocalContext) => Promise<ExitCode>): Promise<void>;
  withSession(options: CommonOptions, work: (context: SessionContext) => Promise<ExitCode>): Promise<void>;
  /** The same for a command that has a result with or without a master; `why`: what was in the way of a session. */
  withSessionIfAny(
    options: CommonOptions,
    work: (context: LocalContext & { readonly session?: MasterSession; readonly why?: PutError }) => Promise<ExitCode>,
  ): Promise<void>;
}

/** The form of the output that options ask for. */
export const formOf = ({ json, output }: OutputOptions): OutputForm | undefined =>
  output ?? (json === true ? 'json' : undefined);

/** Tells an error the way the person or script asked for, and answers the exit code. Names and CSV have no form for errors: words have. */
export function tellError(host: CommandHost, form: OutputForm | undefined, error: unknown): ExitCode {
  const known =
    error instanceof PutError ? error : new PutError('internal', reportOf(error).message, {}, { cause: error });
  const write = form === 'json' ? jsonText : form === 'yaml' ? yamlText : undefined;
  if (host.stop.aborted && known.code === 'cancelled') {
    if (write) host.terminal.out(write(errorDocument(known)));
    return EXIT.interrupted;
  }
  const { hints, askFor } = error instanceof HintedError ? error : { hints: [], askFor: undefined };
  const more = { ...(hints.length === 0 ? {} : { commands: hints }), ...(askFor === undefined ? {} : { askFor }) };
  if (write) host.terminal.out(write(errorDocument(known, more)));
  else
    host.terminal.err(
      folded(
        errorText(known, askFor === undefined ? hints : [...hints, `For the firewall team: ${askFor}`]),
        host.terminal.errColumns,
      ),
    );
  return exitCodeOfError(known);
}

/** A full range is no reason to ask anything, but who holds what should be known. */
function tellOfLine({ welcome, line }: MasterSession, output: Output): void {
  if (!welcome.leaseRefused || !line) return;
  output.note(`${welcome.leaseRefused.message} This session goes over port ${line.port} instead.`);
}

function sideText({ service, port, cause }: SideLineView, { host, line }: MasterSession): string {
  const askFor = cause && firewallRequestForSide(port, cause, host);
  const over = line ? `port ${line.port}` : 'the main line';
  return `Port ${port} (${service}): ${cause?.message ?? 'blocked'}. It goes over ${over}.${askFor ? ` For the firewall team: ${askFor}` : ''}`;
}

/** Requests end when the command is stopped; with --verbose each is told with what it took, never with what it carries: that may be a secret. */
function stoppingSession(session: MasterSession, host: CommandHost, output: Output): MasterSession {
  const { clock } = host;
  const request = async <M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>> => {
    const sinceMs = clock.steadyMs();
    let how = 'answered';
    try {
      return await unlessStopped(host, session.request(method, params));
    } catch (error) {
      how = error instanceof PutError ? error.code : 'failed';
      throw error;
    } finally {
      output.detail(`${method}: ${how} after ${Math.round(clock.steadyMs() - sinceMs)} ms`);
    }
  };
  return Object.create(session, { request: { value: request } }) as MasterSession;
}

/** Signs in; a session that comes when nobody waits for it any more is ended. */
async function openFor(host: CommandHost, options: CommonOptions, output: Output): Promise<MasterSession> {
  const sinceMs = host.clock.steadyMs();
  const opening = connectTo(host, options);
  const session = await unlessStopped(host, opening).catch((error: unknown) => {
    opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  const { welcome, line, host: name } = session;
  output.detail(
    `Signed in to ${printable(welcome.systemName)} (${name}) as ${printable(welcome.user)} (${welcome.role}) by ${line ? `${line.path}, port ${line.port}` : 'a line that is gone'}, ` +
      `after ${Math.round(host.clock.steadyMs() - sinceMs)} ms; ${printable(welcome.software)}, protocol ${welcome.version}, its clock ${clockText(welcome.serverTimeMs - host.clock.nowMs())}`,
  );
  return stoppingSession(session, host, output);
}

function clockText(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1000) return 'is as here';
  return `is ${formatDuration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

/** Tells what becomes of the line while work goes on; answers what ends that. */
function tellLine(session: MasterSession, output: Output): () => void {
  let lost = false;
  const stopListening = session.onLine((line, cause) => {
    if (line === 'lost' && !lost)
      output.note('The line is lost; putctl tries again. What is under way at the master does not depend on it.');
    if (line === 'lost' && cause) output.note(`  ${printable(cause.message)}. ${cause.nextStep}`);
    if (line === 'lost' && cause?.code === 'port-closed')
      output.note('  putservices does not answer there: a job may be standing still.');
    if (line === 'online') output.note('The line is back.');
    lost = line === 'lost';
  });
  tellOfLine(session, output);
  const stopSides = session.onSideBlocked((side) => output.note(sideText(side, session)));
  return () => {
    stopListening();
    stopSides();
  };
}

export function createLauncher(
  host: CommandHost,
  onExit: (code: ExitCode) => void,
  current: () => Command | undefined,
): Launcher {
  const guarded = async (
    options: OutputOptions & Partial<TargetOptions>,
    work: (context: LocalContext) => Promise<ExitCode>,
  ): Promise<void> => {
    const command = current();
    const asked = formOf(options);
    // The command makes that table itself, and tells the rest as it does with --csv.
    const form = asked === 'csv' && command && hasOwnCsv(command) ? undefined : asked;
    const listing = command && listingOf(command);
    const output = createOutput(host.terminal, { ...options, form, listing, aim: aimOf(options) });
    try {
      if ((form === 'name' || form === 'csv') && !listing)
        throw new PutError(
          'usage',
          `${command ? nameOfCommand(command) : 'this command'} makes no list: -o ${form} is for commands that do`,
        );
      const exitCode = await withDeadline(host, options.timeout, (limited) => work({ host: limited, output }));
      onExit(output.exitCode(exitCode));
    } catch (error) {
      output.passing('');
      onExit(tellError(host, form, error));
    }
  };
  return {
    local: (options, work) => guarded(options, work),
    withSession: (options, work) =>
      guarded(options, async ({ host: limited, output }) => {
        const session = await openFor(limited, options, output);
        const offsetMs = session.welcome.serverTimeMs - host.clock.nowMs();
        const stopTelling = tellLine(session, output);
        try {
          return await work({ host: limited, output, session, masterNowMs: () => host.clock.nowMs() + offsetMs });
        } finally {
          stopTelling();
          await session.close();
        }
      }),
    withSessionIfAny: (options, work) =>
      guarded(options, async ({ host: limited, output }) => {
        let session: MasterSession;
        try {
          session = await openFor(limited, options, output);
        } catch (error) {
          if (!(error instanceof PutError) || limited.stop.aborted) throw error;
          return work({ host: limited, output, why: error });
        }
        try {
          return await work({ host: limited, output, session });
        } finally {
          await session.close();
        }
      }),
  };
}
