import { join } from 'node:path';
import type { SshTarget } from '../../model/ways.ts';
import { askSshConfiguration, type SshDestination, type SshSurroundings } from './sshConfiguration.ts';

/** One host of the way, ready to connect to. */
export interface SshHop {
  /** Name in messages, and in known_hosts where `hostKeyAlias` names no other. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private keys, or public ones (`.pub`) whose private half is in the agent. */
  readonly keyFiles: readonly string[];
  /** The key files are those that ssh tries when none is named. */
  readonly defaultKeys?: boolean | undefined;
  /** Of the agent's keys, only those of `keyFiles`. */
  readonly identitiesOnly?: boolean | undefined;
  /** Socket or pipe of the agent; absent: no agent is asked. */
  readonly agent?: string | undefined;
  readonly knownHostsFiles: readonly string[];
  /** The name under which known_hosts has the host, without a port. */
  readonly hostKeyAlias?: string | undefined;
  readonly hostKey?: string | undefined;
  /** Carries the connection in place of TCP; from the user's own configuration only. */
  readonly proxyCommand?: string | undefined;
  /** What stands in the configuration that only OpenSSH's own client can do. */
  readonly onlyOpenSsh?: readonly string[] | undefined;
  /** Keywords of the configuration that are not understood here. */
  readonly notUnderstood?: readonly string[] | undefined;
  /** Only led through, to the next host. */
  readonly jump: boolean;
}

/** Keys that OpenSSH tries when none is named, in its order. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const DEFAULT_KEY_NAME = /^(~|%d)?[\\/]?\.ssh[\\/]id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/;
const KNOWN_HOSTS = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const GLOBAL_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
const MOST_JUMPS = 8;
/** Where the agent of Windows' own OpenSSH listens. */
export const WINDOWS_AGENT_PIPE = String.raw`\\.\pipe\openssh-ssh-agent`;

function expand(
  text: string,
  tokens: Readonly<Record<string, string>>,
  { home, env }: Pick<SshSurroundings, 'home' | 'env'>,
): string {
  const plain = text
    .replace(/^"(.*)"$/, '$1')
    .replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole)
    // As `ssh -G` prints the folder of the system-wide files on Windows.
    .replace('__PROGRAMDATA__', env['ProgramData'] ?? '__PROGRAMDATA__')
    .replace(/%([a-zA-Z%])/g, (whole, token: string) => (token === '%' ? '%' : (tokens[token] ?? whole)));
  return /^~[\\/]/.test(plain) ? join(home, plain.slice(2)) : plain;
}

function parseDestination(text: string): SshDestination {
  const match = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:@]+)(?::(\d+))?$/.exec(text.trim().replace(/^ssh:\/\//, ''));
  if (!match) return { host: text.trim() };
  const [, user, host, port] = match;
  return {
    host: (host ?? '').replace(/^\[|\]$/g, ''),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** Files named in one value, blanks between them; `ssh -G` prints no quotes, a file may have them. */
function filesIn(value: string): string[] {
  return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function agentOf(setting: string | undefined, { env }: SshSurroundings): string | undefined {
  if (setting === 'none') return undefined;
  const own = env['SSH_AUTH_SOCK'] || (process.platform === 'win32' ? WINDOWS_AGENT_PIPE : undefined);
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return own;
  // `$NAME` names a variable that holds the path.
  return setting.startsWith('$') && !setting.startsWith('${') ? env[setting.slice(1)] || undefined : setting;
}

/**
 * The hops from here to the target, nearest first, the target last, by the entry and the ssh configuration. At most eight
 * jumps. Rejects with `ssh-config-unusable`, `usage` or `cancelled`.
 */
export async function resolveSshHops(
  target: SshTarget,
  surroundings: SshSurroundings,
  signal: AbortSignal,
): Promise<SshHop[]> {
  interface Asked {
    readonly hop: SshHop;
    readonly jumps: readonly string[];
  }
  const hopOf = async (named: SshDestination & { keyFile?: string | undefined }, jump: boolean): Promise<Asked> => {
    const { values, notUnderstood } = await askSshConfiguration(named, surroundings, signal);
    const first = (keyword: string): string | undefined => values.get(keyword)?.[0];
    const { home, localUser } = surroundings;
    const address = expand(first('hostname') ?? named.host, { h: named.host }, surroundings);
    const user = named.user ?? first('user') ?? localUser;
    const port = named.port ?? Number(first('port') ?? 22);
    const alias = first('hostkeyalias');
    const tokens = {
      h: address,
      n: named.host,
      k: alias ?? named.host,
      r: user,
      u: localUser,
      d: home,
      p: String(port),
    };
    const path = (text: string): string => expand(text, tokens, surroundings);
    const configured = values.get('identityfile')?.filter((file) => file.toLowerCase() !== 'none') ?? [];
    // `ssh -G` prints its own standard keys where none is named.
    const defaultKeys = named.keyFile === undefined && configured.every((file) => DEFAULT_KEY_NAME.test(file));
    const keyFiles =
      named.keyFile === undefined
        ? configured.length > 0
          ? configured.map(path)
          : DEFAULT_KEYS.map((name) => join(home, '.ssh', name))
        : [path(named.keyFile)];
    const agentSetting = agentOf(first('identityagent'), surroundings);
    const agent = agentSetting === undefined ? undefined : path(agentSetting);
    const knownHosts = [
      ...(values.get('userknownhostsfile')?.flatMap(filesIn) ?? KNOWN_HOSTS),
      ...(values.get('globalknownhostsfile')?.flatMap(filesIn) ?? GLOBAL_KNOWN_HOSTS),
    ];
    const proxyCommand = first('proxycommand');
    const proxyJump = first('proxyjump');
    const isSet = (value: string | undefined): value is string => value !== undefined && value.toLowerCase() !== 'none';
    const onlyOpenSsh = [
      ...(values.has('certificatefile') ? ['CertificateFile'] : []),
      ...(isSet(first('pkcs11provider')) ? ['PKCS11Provider'] : []),
      ...(values.has('knownhostscommand') && isSet(first('knownhostscommand')) ? ['KnownHostsCommand'] : []),
    ];
    const hop: SshHop = {
      host: named.host,
      address,
      port,
      user,
      keyFiles,
      defaultKeys,
      identitiesOnly: first('identitiesonly') === 'yes',
      ...(agent === undefined ? {} : { agent }),
      knownHostsFiles: knownHosts.map(path),
      ...(alias === undefined ? {} : { hostKeyAlias: alias }),
      ...(isSet(proxyCommand) ? { proxyCommand: path(proxyCommand) } : {}),
      onlyOpenSsh,
      notUnderstood,
      jump,
    };
    return { hop, jumps: isSet(proxyJump) ? proxyJump.split(',') : [] };
  };
  const through = async (jumps: readonly string[], depth: number): Promise<SshHop[]> => {
    if (depth > MOST_JUMPS) return [];
    const hops: SshHop[] = [];
    for (const [i, jump] of jumps.slice(0, MOST_JUMPS).entries()) {
      const asked = await hopOf(parseDestination(jump), true);
      // Only the first jump may have a jump of its own: the others are reached through the one before.
      if (i === 0) hops.push(...(await through(asked.jumps, depth + 1)));
      const hostKey = target.jumpHostKeys?.[`${asked.hop.host}:${asked.hop.port}`];
      hops.push(hostKey === undefined ? asked.hop : { ...asked.hop, hostKey });
    }
    return hops;
  };
  const { hop, jumps } = await hopOf(target, false);
  const last: SshHop = target.hostKey === undefined ? hop : { ...hop, hostKey: target.hostKey };
  const hops = [...(await through(target.jump ?? jumps, 0)), last].slice(-MOST_JUMPS - 1);
  // Jump hosts that the entry or ProxyJump names carry the connection; a ProxyCommand counts for the first hop only.
  return hops.map((one, i) => (i === 0 ? one : { ...one, proxyCommand: undefined }));
}

/** What the configuration says that is not understood, as the end of a message; empty where there is nothing. */
export function notUnderstoodNote(hops: readonly SshHop[]): string {
  const keywords = [...new Set(hops.flatMap(({ notUnderstood }) => notUnderstood ?? []))];
  return keywords.length === 0
    ? ''
    : `; the ssh configuration also says ${keywords.join(', ')}, which is not understood here without an ssh program`;
}
