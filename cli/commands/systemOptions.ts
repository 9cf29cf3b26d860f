import type { Command } from 'commander';
import { parsedBy, PATH_HELP } from '../launch.ts';
import { DEFAULT_PORTS, parsePathOrder, parsePort } from '../target.ts';
import { uploadCap } from '../uploadCap.ts';
import type { WayOptions } from '../wayOptions.ts';

/** What a saved system is told on the command line, besides its name and host. */
export interface SystemOptions extends WayOptions {
  readonly ccPort?: number;
  readonly sslPort?: number;
  readonly servicePort?: number;
  readonly chatPort?: number;
  readonly user?: string;
  readonly fingerprint?: string;
  /** Bytes a second; 0: none. */
  readonly uploadCap?: number;
}

const PORTS = [
  { name: 'cc', key: 'CCPORT', first: DEFAULT_PORTS.ccPort },
  { name: 'ssl', key: 'SSLPORT', first: DEFAULT_PORTS.sslPort },
  { name: 'service', key: 'SERVICEPORT', first: DEFAULT_PORTS.servicePort },
  { name: 'chat', key: 'CHATPORT', first: DEFAULT_PORTS.chatPort },
] as const;

/** What a system keeps of a cap that was given: nothing where it is lifted. */
export const savedCap = (bytesPerSecond: number | undefined): number | undefined =>
  bytesPerSecond === 0 ? undefined : bytesPerSecond;

/** Adds the options of a saved system; a new one has defaults for its ports, which the help names. */
export function withSystemOptions(command: Command, isNew: boolean): Command {
  for (const { name, key, first } of PORTS) {
    const option = `--${name}-port`;
    const help = isNew ? `${key} (default ${first})` : key;
    command.option(
      `${option} <port>`,
      help,
      parsedBy((text) => parsePort(text, option)),
    );
  }
  return command
    .option('--path <ways>', PATH_HELP, parsedBy(parsePathOrder))
    .option('-u, --user <name>', 'user to sign in as')
    .option('--fingerprint <F>', 'the certificate that it may show')
    .option('--upload-cap <kB/s>', 'the most that uploads to it send; 0: what the line carries', uploadCap);
}
