import type { ErrorReport } from '../protocol/errors.ts';
import type { PathKind, Role } from '../protocol/handshake.ts';
import type { JobSummary, TimelineEntry } from '../model/job.ts';
import type { JobHead } from '../model/jobParts.ts';
import type { NodeRow } from '../model/node.ts';
import type { LibraryView } from '../model/package.ts';
import type { PortsView, SessionRow } from '../model/ports.ts';
import type { ProxyTarget, SshTarget, TrustSettings, WayQuestion } from '../model/ways.ts';

/** A target system as this client system remembers it. Never holds a password or a token. */
export interface SavedSystem {
  readonly systemId: string;
  readonly name: string;
  readonly host: string;
  /** Where negotiation listens; the other ports are told by the master. */
  readonly ccPort: number;
  readonly sslPort: number;
  readonly servicePort: number;
  readonly chatPort: number;
  /** Ways to try, in this order. */
  readonly pathOrder: readonly PathKind[];
  /** The way that worked last: tried first, wherever it stands in the order. Absent after a change of the order. */
  readonly lastPath?: PathKind | undefined;
  /** Accepted certificate: SHA-256 of its public key (core/node/certificateFingerprint.ts), hex pairs joined by colons. */
  readonly fingerprint?: string | undefined;
  readonly user?: string | undefined;
  /** For the way by SSH; absent: the master's own host as the ssh configuration has it. */
  readonly ssh?: SshTarget | undefined;
  /** For the way by WebSocket. */
  readonly proxy?: ProxyTarget | undefined;
  /** The site's own authority and client certificate, for every way. */
  readonly trust?: TrustSettings | undefined;
  /** The most that uploads to it send together, in bytes of files a second; absent: what the line carries. */
  readonly uploadCapBytesPerSecond?: number | undefined;
  /** A practice system by how it came here: started on this client system, or serving its own console. */
  readonly practice: boolean;
  readonly lastUsedAtMs?: number | undefined;
}

/** An entry of the list of systems that cannot be used: it stays in the file as it is until it is removed. */
export interface UnusableSystem {
  /** Its id, name or place in the list: what it is removed by. */
  readonly key: string;
  readonly name: string;
  /** Which part of it, and why. */
  readonly reason: string;
}

/** State of the session with a target system, in the words that the window shows. Times are this machine's clock, in ms. */
export type SessionView =
  | { readonly kind: 'signed-out'; readonly cause?: ErrorReport | undefined }
  | { readonly kind: 'connecting'; readonly path: PathKind; readonly attempt: number; readonly sinceMs: number }
  | {
      readonly kind: 'online';
      /** Its name in `sessions`. */
      readonly sessionId?: string | undefined;
      readonly path: PathKind;
      readonly port: number;
      readonly user: string;
      readonly role: Role;
      /** Name and version of the software at the other end, as it says. */
      readonly software?: string | undefined;
      readonly sinceMs: number;
      /** Median of the last round trips. */
      readonly roundTripMs?: number | undefined;
      /** Bytes a second that the line carried when it was last busy. */
      readonly bytesPerSecond?: number | undefined;
      /** Answers are slow or nothing was heard for a while. */
      readonly slow: boolean;
      /** Packets of full size seem to be lost on the way, so both ends send small ones. */
      readonly smallPackets?: true | undefined;
    }
  | {
      readonly kind: 'waiting';
      readonly user: string;
      readonly lostSinceMs: number;
      readonly attempt: number;
      /** Absent while an attempt runs. */
      readonly nextTryAtMs?: number | undefined;
      readonly cause: ErrorReport;
    }
  /** Only a person can mend it: refused, certificate changed, session unknown. */
  | { readonly kind: 'failed'; readonly cause: ErrorReport };

/** What became of a way when it was last tried; a failure stays until the way works. */
export interface PathOutcome {
  readonly path: PathKind;
  readonly outcome: 'works' | 'failed' | 'not-tried';
  readonly atMs?: number | undefined;
  readonly cause?: ErrorReport | undefined;
  readonly roundTripMs?: number | undefined;
}

/** What a way to the target needs a person for. The answer goes back by `secret.answer` and is never part of a state. */
export interface SecretAsked {
  readonly questionId: string;
  readonly question: WayQuestion;
  /** The answer before was wrong. */
  readonly wrong: boolean;
  /** The way goes without from then on. */
  readonly untilMs: number;
}

export interface TransferView {
  readonly transferId: string;
  readonly fileName: string;
  /** Absent: the file is with a page of a browser. */
  readonly localPath?: string | undefined;
  readonly state:
    'waiting' | 'hashing' | 'sending' | 'paused' | 'line-lost' | 'confirming' | 'done' | 'failed' | 'cancelled';
  readonly sizeBytes: number;
  readonly sentBytes: number;
  /** Bytes a second over the last seconds. */
  readonly bytesPerSecond: number;
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  readonly cause?: ErrorReport | undefined;
}

/** A connection for one service alone (*direct*); while it is blocked its messages go over the GUI port. */
export interface SideOutcome {
  readonly service: 'job' | 'file' | 'chat';
  readonly port: number;
  readonly state: 'connecting' | 'up' | 'blocked';
  readonly cause?: ErrorReport | undefined;
  readonly atMs?: number | undefined;
}

/** Everything the windows show of one target system. Absent parts were not received yet. */
export interface SystemView {
  readonly saved: SavedSystem;
  /** Whether its nodes are simulated, as the master says; absent until it was met. */
  readonly saysPractice?: boolean | undefined;
  readonly session: SessionView;
  /** How old the picture is: when something was last heard from the master. Absent while the line is up, and what has the line is heard. */
  readonly heardAtMs?: number | undefined;
  /** Master's clock minus ours, in ms. */
  readonly clockOffsetMs: number;
  readonly paths: readonly PathOutcome[];
  /** Absent unless the session goes *direct*. */
  readonly sides?: readonly SideOutcome[] | undefined;
  /** Open questions of the ways, by question id. */
  readonly secretsAsked: Readonly<Record<string, SecretAsked>>;
  /** By job id. */
  readonly jobs: Readonly<Record<string, JobSummary>>;
  /** Heads of the jobs that a window has open, by job id. */
  readonly openJobs: Readonly<Record<string, JobHead>>;
  /** Parts of jobs that a window has open, by `<job id>/<part>`. */
  readonly jobParts: Readonly<Record<string, object>>;
  /** By node id: all its nodes; absent while no window shows them, and until they have come. */
  readonly nodes?: Readonly<Record<string, NodeRow>> | undefined;
  readonly library?: LibraryView | undefined;
  readonly ports?: PortsView | undefined;
  /** Everybody's sessions on the master, by session id; the person's own others can be taken over. */
  readonly sessions?: Readonly<Record<string, SessionRow>> | undefined;
  /** What the master cannot tell, by topic, with the reason; what is shown of it is old. */
  readonly untold: Readonly<Record<string, ErrorReport>>;
  /** Last entries, by number as text. */
  readonly timeline: Readonly<Record<string, TimelineEntry>>;
  /** By transfer id. */
  readonly transfers: Readonly<Record<string, TransferView>>;
}

/** State of the built-in practice system on this client system. */
export interface PracticeView {
  readonly state: 'off' | 'starting' | 'up' | 'failed';
  readonly systemId?: string | undefined;
  readonly cause?: ErrorReport | undefined;
}

/** What can be done from where the workbench runs and over its carrier. Windows hide or explain what cannot; the workbench refuses it. */
export interface Abilities {
  /** Systems are added, changed and removed, and signed in to by the ways that are saved for them; without, there is the one that serves the page. */
  readonly systems: boolean;
  /** The ports of a system are tried from here. */
  readonly pathTest: boolean;
  /** A practice system is started and stopped here. */
  readonly practice: boolean;
  /** The operating system's own dialog chooses files. */
  readonly fileDialog: boolean;
  /** Folders of the machine that the workbench runs on are listed. */
  readonly folders: boolean;
  /** The sample packages that come with PUT Desktop are at hand. */
  readonly samples: boolean;
  /** The licence texts of what the program has inside are at hand. */
  readonly licences: boolean;
}

/** Settings of the program on this client system, beside the windows' own. */
export interface OwnSettings {
  /** A person who is needed is called by the operating system's notifications. */
  readonly notifications: boolean;
  /** Where newer versions are looked for; absent: nowhere. */
  readonly updatesFrom?: string | undefined;
}

/** The whole picture behind the bridge: one snapshot, then numbered patches (core/replica/patch.ts). */
export interface WorkbenchState {
  readonly app: {
    readonly version: string;
    readonly platform: string;
    /** `console`: `putctl console`; `web`: served by a master. What follows from it stands in `can`. */
    readonly carrier: 'desktop' | 'console' | 'web';
    readonly can: Abilities;
    /** Where passwords may be kept; `none`: they are not. */
    readonly passwordStore: 'keyring' | 'none';
    /** What a person sets of the program itself; absent where it has no settings of its own. */
    readonly own?: OwnSettings | undefined;
    /** Why choices and drafts of the windows cannot be kept on the disk now; absent: they are. */
    readonly notKept?: string | undefined;
    /** What the keyring is called; absent: not known, or there is none. */
    readonly keyring?: string | undefined;
  };
  readonly practice: PracticeView;
  /** By system id. */
  readonly systems: Readonly<Record<string, SystemView>>;
  /** Saved, but not usable; absent: none. */
  readonly unusableSystems?: readonly UnusableSystem[] | undefined;
}
