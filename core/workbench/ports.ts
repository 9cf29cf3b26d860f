import type { FileSource } from '../client/FileClient.ts';
import type { Dial } from '../client/paths.ts';
import type { Clock, MessageCompression, Random } from '../session/ports.ts';
import type { BridgeResult } from './bridge.ts';
import type { PathTestResult } from '../model/pathTest.ts';
import type { WaySecrets } from '../model/ways.ts';
import type { Abilities, OwnSettings, SavedSystem, WorkbenchState } from './state.ts';
import type { TextFile } from './systemsStore.ts';

/** Where secrets are kept by the operating system; `available` false where it can only keep them in the clear. */
export interface SecretStore {
  readonly available: boolean;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** How to reach and sign in to the practice system on this machine. */
export interface PracticeTarget {
  readonly host: string;
  readonly ccPort: number;
  readonly sslPort: number;
  readonly servicePort: number;
  readonly chatPort: number;
  readonly fingerprint: string;
  readonly user: string;
  readonly password: string;
}

/** Starts and stops the practice system; `start` answers a running one where there is one. */
export interface PracticeHost {
  start(): Promise<PracticeTarget>;
  stop(): Promise<void>;
}

type ListedFolder = BridgeResult<'files.listFolder'>;
/** What the header of a local file says; windows get it with a handle. */
export type InspectedFile = Omit<BridgeResult<'files.inspect'>['files'][number], 'handle'>;

/** A file that a person chose, wherever its bytes are. */
export interface ChosenFile {
  /** Equal for the same file: its path, or what the page that has it calls it. */
  readonly key: string;
  readonly name: string;
  /** Absent: its bytes are with a page. */
  readonly path?: string | undefined;
  /** Opens it for upload; rejects for anything but a package or cert list that the library takes, before a byte of it is sent. */
  open(): Promise<FileSource>;
}

/** Files of this client system, and what a person says about them. */
export interface LocalFiles {
  /** Native dialog; empty when it was closed or there is none. */
  choose(): Promise<string[]>;
  listFolder(folder: string | undefined): Promise<ListedFolder>;
  samples(): Promise<string[]>;
  inspect(paths: readonly string[]): Promise<InspectedFile[]>;
  /** Answers the path, or undefined when the person cancelled. */
  saveText(suggestedName: string, text: string): Promise<string | undefined>;
  /** Opens a file for upload; rejects for anything but a package or cert list that the library takes, before a byte of it is sent. */
  open(path: string): Promise<FileSource>;
}

/** Everything the workbench needs from outside. */
/** Reads, keeps and talks about what a person sets of the program itself. */
export interface OwnSettingsPort {
  read(): Promise<OwnSettings>;
  setNotifications(on: boolean): Promise<void>;
  /** What pages had kept, by its key. */
  keptTexts(): Promise<Readonly<Record<string, string>>>;
  /** Settles once it is on the disk, undefined as nothing; rejects where it cannot be written. */
  keepText(key: string, text: string | undefined): Promise<void>;
  /** Tells why what pages keep cannot be written, and with undefined that it is again; at once where it cannot be now. */
  onNotKept(listener: (why: string | undefined) => void): void;
  /** Asks the person about updates, in dialogs of its own; settles when they are closed. */
  talkAboutUpdates(): Promise<void>;
}

export interface WorkbenchPorts {
  readonly app: Omit<WorkbenchState['app'], 'passwordStore' | 'can'> & {
    /** The others follow from the ports that are there. */
    readonly can: Omit<Abilities, 'pathTest' | 'practice' | 'licences'>;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly systemsFile: TextFile;
  /** Keeps which uploads are not done, for the next start; absent where other programs use the same folder at the same time, or files are with pages. */
  readonly uploadsFile?: TextFile | undefined;
  readonly secrets: SecretStore;
  /** Where tokens of sessions are kept, so that a later workbench takes the sessions up; absent: with the secrets. */
  readonly tokens?: SecretStore | undefined;
  readonly dial: Dial;
  readonly compression?: MessageCompression | undefined;
  /** Name of this machine, for the ports table and the timeline. */
  readonly clientSystem: string;
  readonly localFiles: LocalFiles;
  /** Probes the ports of a system; absent where this program is not on the client system. */
  readonly testPaths?:
    ((system: SavedSystem, secrets: Pick<WaySecrets, 'known'>) => Promise<PathTestResult>) | undefined;
  /** The program's own settings; absent where it has none (the browser console). */
  readonly own?: OwnSettingsPort | undefined;
  /** The licence texts of what the program has inside, as they come with it; absent where they are not at hand. */
  readonly licences?: (() => Promise<string>) | undefined;
  /** Absent where a practice system cannot be started (the browser console of a master). */
  readonly practice?: PracticeHost | undefined;
}
