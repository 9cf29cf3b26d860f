import type { Clock, Random } from '../core/session/ports.ts';
import type { TargetAddress } from '../core/client/paths.ts';
import type { PathKind } from '../core/protocol/handshake.ts';
import type { TextFile } from '../core/workbench/systemsStore.ts';
import type { KeptSignIns } from './keptSignIns.ts';
import type { MasterSession } from './MasterSession.ts';
import type { Terminal } from './Terminal.ts';

/** How to reach a target system and who asks. */
export interface SignIn {
  readonly target: TargetAddress;
  readonly pathOrder: readonly PathKind[];
  readonly user: string;
  readonly password: string;
  /** By a session that is kept, instead of the password: in a session of its own beside it, or as the kept one itself. */
  readonly kept?: { readonly sessionToken: string; readonly as: 'beside' | 'itself' } | undefined;
}

/** Everything of the machine that commands use; made by main.ts, replaced in tests. */
export interface CommandHost {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The list of systems in the user's data folder. */
  readonly systemsFile: TextFile;
  /** Sessions that `putctl login` keeps. */
  readonly keptSignIns: KeptSignIns;
  /** Where a running practice system of this user left its ready line. */
  readonly practiceReadyFile: string;
  /** Folder of the sample packages; undefined where this build has none. */
  readonly samplesFolder: string | undefined;
  /** Folder of the built windows, for `putctl console`. */
  readonly rendererFolder: string;
  /** Program file of putservices, for the practice system of the console. */
  readonly servicesEntry: string;
  readonly version: string;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
  signIn(how: SignIn): Promise<MasterSession>;
}
