import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SideLineView } from '../core/client/SideLine.ts';
import { firewallRequestForSide } from '../core/model/firewallRequest.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { CommandHost } from './CommandHost.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './exitCodes.ts';
import type { MasterSession } from './MasterSession.ts';
import { createOutput, errorDocument, errorText, jsonText, type Output } from './output/Output.ts';
import { printable } from '../core/model/strangerText.ts';
import { connectTo, HintedError, parsePathOrder, parsePort, splitList, type TargetOptions } from './target.ts';
import { withSecretFiles, withWays } from './wayOptions.ts';

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

export interface CommonOptions extends TargetOptions {
  readonly json?: boolean | undefined;
}

/** Runs the work of commands, tells their errors, and keeps the exit code. */
export interface Launcher {
  local(options: { json?: boolean | undefined }, work: (context: LocalContext) => Promise<ExitCode>): Promise<void>;
  withSession(options: CommonOptions, work: (context: SessionContext) => Promise<ExitCode>): Promise<void>;
}

/** Tells an error the way the person or script asked for, and answers the exit code. */
export function tellError(host: CommandHost, json: boolean, error: unknown): ExitCode {
  const known =
    error instanceof PutError
      ? error
      : new PutError('internal', error instanceof Error ? error.message : String(error), {}, { cause: error });
  if (host.stop.aborted && known.code === 'cancelled') {
    if (json) host.terminal.out(jsonText(errorDocument(known)));
    return EXIT.interrupted;
  }
  const { hints, askFor } = error instanceof HintedError ? error : { hints: [], askFor: undefined };
  const more = { ...(hints.length === 0 ? {} : { commands: hints }), ...(askFor === undefined ? {} : { askFor }) };
  if (json) host.terminal.out(jsonText(errorDocument(known, more)));
  else
    host.terminal.err(errorText(known, askFor === undefined ? hints : [...hints, `For the firewall team: ${askFor}`]));
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

export function createLauncher(host: CommandHost, onExit: (code: ExitCode) => void): Launcher {
  const guarded = async (json: boolean, work: (output: Output) => Promise<ExitCode>): Promise<void> => {
    const output = createOutput(host.terminal, json);
    try {
      onExit(await work(output));
    } catch (error) {
      output.passing('');
      onExit(tellError(host, json, error));
    }
  };
  return {
    local: (options, work) => guarded(options.json === true, (output) => work({ host, output })),
    withSession: (options, work) =>
      guarded(options.json === true, async (output) => {
        const session = await connectTo(host, options);
        const offsetMs = session.welcome.serverTimeMs - host.clock.nowMs();
        let lost = false;
        const stopListening = session.onLine((line, cause) => {
          if (line === 'lost' && !lost)
            output.note('The line is lost; putctl tries again. The job goes on at the master.');
          if (line === 'lost' && cause) output.note(`  ${printable(cause.message)}. ${cause.nextStep}`);
          if (line === 'online') output.note('The line is back.');
          lost = line === 'lost';
        });
        tellOfLine(session, output);
        const stopSides = session.onSideBlocked((side) => output.note(sideText(side, session)));
        try {
          return await work({ host, output, session, masterNowMs: () => host.clock.nowMs() + offsetMs });
        } finally {
          stopListening();
          stopSides();
          await session.close();
        }
      }),
  };
}

/** Turns a parser that throws `usage` into one that commander tells of with the option's name. */
export function parsedBy<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

/** A whole number in a range, from the command line. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return parsedBy((text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
      throw new PutError('usage', `${text} is not a whole number from ${least} to ${most}`);
    }
    return value;
  });
}

/** A list joined by commas with at least one part. */
export const list = parsedBy((text: string): string[] => {
  const parts = splitList(text);
  if (parts.length === 0) throw new PutError('usage', 'the list is empty; join names by commas');
  return parts;
});

/** Adds `--json` to a command. */
export function withJson(command: Command): Command {
  return command.option('--json', 'one JSON document on the standard output instead of text');
}

/** What `--path` takes. */
export const PATH_HELP = 'ways to try in this order: single-port,hand-off,websocket,ssh,direct';

/** Adds the options that say which target system, by which ways, and who. */
export function withTarget(command: Command): Command {
  withJson(command)
    .optionsGroup('Target system:')
    .option('-s, --system <name>', 'a saved system (see `putctl systems`); also PUT_SYSTEM')
    .option('--practice', 'the practice system of this machine, as its user')
    .option('--host <host>', 'a system that is not saved, by name or address of its master node')
    .addOption(
      new Option('--cc-port <port>', 'CCPORT, where negotiation listens (default 9000)').argParser(
        parsedBy((text) => parsePort(text, '--cc-port')),
      ),
    )
    .addOption(
      new Option('--ssl-port <port>', 'SSLPORT, for the way by WebSocket (default 8443)').argParser(
        parsedBy((text) => parsePort(text, '--ssl-port')),
      ),
    )
    .addOption(
      new Option('--service-port <port>', 'SERVICEPORT, for the way direct (default 8992)').argParser(
        parsedBy((text) => parsePort(text, '--service-port')),
      ),
    )
    .addOption(
      new Option('--chat-port <port>', 'CHATPORT, for the way direct (default 11111)').argParser(
        parsedBy((text) => parsePort(text, '--chat-port')),
      ),
    )
    .option('--path <ways>', PATH_HELP, parsedBy(parsePathOrder))
    .option('--fingerprint <F>', 'with --host: the certificate that may be shown')
    .option('--accept-fingerprint <F>', 'accept this certificate of a saved system and remember it')
    .option('-u, --user <name>', 'user; also PUT_USER')
    .option('--password-file <file>', 'file whose first line is the password; also PUT_PASSWORD; else it is asked for')
    .optionsGroup('Options:');
  return withSecretFiles(withWays(command));
}
