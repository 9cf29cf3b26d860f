/** How the engineer names the way by SSH; what is absent comes from the ssh configuration, then from OpenSSH's defaults. */
export interface SshTarget {
  /** Name as in the ssh configuration, or an address. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Hosts to go through, nearest first; each `[user@]host[:port]` or a name of the configuration. */
  readonly jump?: readonly string[] | undefined;
  /** Accepted host key, `SHA256:...`; absent: known_hosts decides. */
  readonly hostKey?: string | undefined;
  /** Accepted host keys of jump hosts, by `host:port`. */
  readonly jumpHostKeys?: Readonly<Record<string, string>> | undefined;
}

/** An HTTP proxy that opens connections with CONNECT; its password is asked for, never kept in a file. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
}

/** Certificates of a site's own authority, as PEM files of this client system. */
export interface TrustSettings {
  /** The master's certificate must come from one of the authorities in this file and be made out to the host; pins do not count then. */
  readonly authorityFile?: string | undefined;
  /** Certificate (chain) of this client, for masters with CLIENTCA. */
  readonly certificateFile?: string | undefined;
  /** Its private key; absent: it stands in `certificateFile`. */
  readonly keyFile?: string | undefined;
}

/** What only a person can say on a way to the target. */
export type WayQuestion =
  | { readonly kind: 'ssh-key-passphrase'; readonly keyFile: string }
  | { readonly kind: 'ssh-password'; readonly user: string; readonly host: string }
  /** What an SSH host itself asks, in its words: a code, a token, a new password. Every answer counts once. */
  | {
      readonly kind: 'ssh-prompt';
      readonly user: string;
      readonly host: string;
      /** Title and explanation of the host; empty where it gives none. */
      readonly instructions: string;
      readonly prompt: string;
      /** What is typed may be shown. */
      readonly echo: boolean;
    }
  | { readonly kind: 'proxy-password'; readonly user: string; readonly host: string; readonly port: number }
  | { readonly kind: 'client-key-passphrase'; readonly keyFile: string }
  /** Any answer accepts the key. */
  | {
      readonly kind: 'ssh-host-key';
      readonly host: string;
      readonly port: number;
      readonly fingerprint: string;
      readonly jump: boolean;
    };

/** Where a dialler gets secrets from. */
export interface WaySecrets {
  /** The remembered answer; undefined: a person has to be asked. */
  known(question: WayQuestion): string | undefined;
  /** Asks a person; undefined: not given. `wrong`: the answer before was. */
  ask(question: WayQuestion, wrong: boolean, signal: AbortSignal): Promise<string | undefined>;
  /** Whether the last answer let in; a right one may be kept, a wrong one is forgotten. */
  told(question: WayQuestion, right: boolean): void;
}

/** Answers of a person to one question before its way is given up: the first and one correction. */
export const MOST_ANSWERS = 2;

/** Whether an answer may serve again: a code of a second factor counts once and is asked for at each connection. */
export function isReusable(question: WayQuestion): boolean {
  return question.kind !== 'ssh-prompt';
}

/** Equal for the same question. */
export function wayQuestionKey(question: WayQuestion): string {
  switch (question.kind) {
    case 'ssh-key-passphrase':
    case 'client-key-passphrase':
      return `${question.kind} ${question.keyFile}`;
    case 'ssh-password':
      return `${question.kind} ${question.user}@${question.host}`;
    case 'ssh-prompt':
      return `${question.kind} ${question.user}@${question.host} ${question.instructions} ${question.prompt}`;
    case 'proxy-password':
      return `${question.kind} ${question.user}@${question.host}:${question.port}`;
    case 'ssh-host-key':
      return `${question.kind} ${question.host}:${question.port} ${question.fingerprint}`;
  }
}

/** For a dialler that nobody answers. */
export const NO_WAY_SECRETS: WaySecrets = {
  known: () => undefined,
  ask: () => Promise.resolve(undefined),
  told: () => {},
};
