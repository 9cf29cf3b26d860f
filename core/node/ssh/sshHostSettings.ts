import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import SSHConfig from 'ssh-config';
import type { SshTarget } from '../../model/ways.ts';

/** One host of the way, ready to connect to. */
export interface SshHop {
  /** Name in known_hosts and in messages. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly keyFiles: readonly string[];
  /** Socket of the agent; absent: no agent is asked. */
  readonly agent?: string | undefined;
  readonly knownHostsFiles: readonly string[];
  readonly hostKey?: string | undefined;
  /** Only led through, to the next host. */
  readonly jump: boolean;
}

/** What of the machine decides; passed in so that tests need no home folder. */
export interface SshSurroundings {
  readonly configText: string;
  readonly home: string;
  readonly localUser: string;
  readonly agentSocket?: string | undefined;
}

/** Keys that OpenSSH tries when none is named, in its order. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const MOST_JUMPS = 8;

export function systemSurroundings(configText: string): SshSurroundings {
  const agentSocket = process.env['SSH_AUTH_SOCK'];
  return {
    configText,
    home: homedir(),
    localUser: userInfo().username,
    ...(agentSocket === undefined || agentSocket === '' ? {} : { agentSocket }),
  };
}

/** Those of this machine and its `~/.ssh/config`; without one, the defaults. */
export async function ownSurroundings(): Promise<SshSurroundings> {
  return systemSurroundings(await readFile(join(homedir(), '.ssh', 'config'), 'utf8').catch(() => ''));
}

function texts(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function expand(text: string, tokens: Readonly<Record<string, string>>, home: string): string {
  const plain = text
    .replace(/^"(.*)"$/, '$1')
    .replace(/%([a-zA-Z%])/g, (whole, token: string) => (token === '%' ? '%' : (tokens[token] ?? whole)));
  return plain.startsWith('~/') ? join(home, plain.slice(2)) : plain;
}

function parseDestination(text: string): { host: string; user?: string; port?: number } {
  const match = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:@]+)(?::(\d+))?$/.exec(text.trim().replace(/^ssh:\/\//, ''));
  if (!match) return { host: text.trim() };
  const [, user, host, port] = match;
  return {
    host: (host ?? '').replace(/^\[|\]$/g, ''),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** The hops from here to the target, nearest first, the target last. At most eight jumps. */
export function resolveSshHops(target: SshTarget, surroundings: SshSurroundings): SshHop[] {
  const config = SSHConfig.parse(surroundings.configText);
  const settingsOf = (host: string): Record<string, unknown> => config.compute(host, { ignoreCase: true });
  const hopOf = (target: SshTarget, jump: boolean): SshHop => {
    const settings = settingsOf(target.host);
    const address = expand(
      texts(settings['HostName'] ?? settings['hostname'])[0] ?? target.host,
      { h: target.host },
      surroundings.home,
    );
    const user = target.user ?? texts(settings['User'] ?? settings['user'])[0] ?? surroundings.localUser;
    const port = target.port ?? Number(texts(settings['Port'] ?? settings['port'])[0] ?? 22);
    const tokens = {
      h: address,
      n: target.host,
      r: user,
      u: surroundings.localUser,
      d: surroundings.home,
      p: String(port),
    };
    const configured = texts(settings['IdentityFile'] ?? settings['identityfile']).map((file) =>
      expand(file, tokens, surroundings.home),
    );
    const keyFiles =
      target.keyFile === undefined
        ? configured.length > 0
          ? configured
          : DEFAULT_KEYS.map((name) => join(surroundings.home, '.ssh', name))
        : [expand(target.keyFile, tokens, surroundings.home)];
    const agentSetting = texts(settings['IdentityAgent'] ?? settings['identityagent'])[0];
    const agent =
      agentSetting === undefined || agentSetting === 'SSH_AUTH_SOCK'
        ? surroundings.agentSocket
        : agentSetting === 'none'
          ? undefined
          : expand(agentSetting, tokens, surroundings.home);
    const knownHosts = texts(settings['UserKnownHostsFile'] ?? settings['userknownhostsfile']).flatMap((file) =>
      file.split(/\s+/),
    );
    return {
      host: target.host,
      address,
      port,
      user,
      keyFiles,
      ...(agent === undefined ? {} : { agent }),
      knownHostsFiles: (knownHosts.length > 0 ? knownHosts : ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts']).map(
        (file) => expand(file, tokens, surroundings.home),
      ),
      ...(target.hostKey === undefined ? {} : { hostKey: target.hostKey }),
      jump,
    };
  };
  const jumpsOf = (host: string, named: readonly string[] | undefined, depth: number): SshHop[] => {
    if (depth > MOST_JUMPS) return [];
    const settings = settingsOf(host);
    const configured = texts(settings['ProxyJump'] ?? settings['proxyjump'])[0];
    const jumps =
      named ?? (configured === undefined || configured.toLowerCase() === 'none' ? [] : configured.split(','));
    return jumps.slice(0, MOST_JUMPS).flatMap((jump, i) => {
      const destination = parseDestination(jump);
      // Only the first jump may have a jump of its own: the others are reached through the one before.
      const before = i === 0 ? jumpsOf(destination.host, undefined, depth + 1) : [];
      const hop = hopOf(destination, true);
      const hostKey = target.jumpHostKeys?.[`${hop.host}:${hop.port}`];
      return [...before, hostKey === undefined ? hop : { ...hop, hostKey }];
    });
  };
  return [...jumpsOf(target.host, target.jump, 0), hopOf(target, false)].slice(-MOST_JUMPS - 1);
}
