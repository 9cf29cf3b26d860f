import type { BridgeParams, SavedSystem } from '../../../electron/contract/bridge.ts';
import { hostProblem } from '../../../core/model/hostName.ts';
import { t } from '../../texts/en.ts';

/** Every way to a target, in the order that a new system proposes. */
export const WAYS = ['single-port', 'hand-off', 'websocket', 'ssh', 'direct'] as const;
export type Way = (typeof WAYS)[number];
export const PORT_KEYS = ['ccPort', 'sslPort', 'servicePort', 'chatPort'] as const;
export type PortKey = (typeof PORT_KEYS)[number];
export const SSH_KEYS = ['host', 'port', 'user', 'keyFile', 'jump', 'hostKey'] as const;
export const PROXY_KEYS = ['host', 'port', 'user'] as const;
export const TRUST_KEYS = ['authorityFile', 'certificateFile', 'keyFile'] as const;

/** What the form holds: every field as it is typed. */
export interface SystemDraft {
  readonly name: string;
  readonly host: string;
  readonly ports: Readonly<Record<PortKey, string>>;
  /** Chosen ways, in the order they are tried. */
  readonly ways: readonly Way[];
  readonly ssh: Readonly<Record<(typeof SSH_KEYS)[number], string>>;
  /** Jump hosts whose accepted keys go on counting, as `host:port`. */
  readonly jumpKeys: readonly string[];
  readonly useProxy: boolean;
  readonly proxy: Readonly<Record<(typeof PROXY_KEYS)[number], string>>;
  readonly useTrust: boolean;
  readonly trust: Readonly<Record<(typeof TRUST_KEYS)[number], string>>;
}

/** A field of the form, as `part.key`. */
export type FieldName =
  | 'name'
  | 'host'
  | 'ways'
  | `ports.${PortKey}`
  | `ssh.${(typeof SSH_KEYS)[number]}`
  | `proxy.${(typeof PROXY_KEYS)[number]}`
  | `trust.${(typeof TRUST_KEYS)[number]}`;
export type Problems = Partial<Record<FieldName, string>>;

export function draftOf(saved: SavedSystem | undefined): SystemDraft {
  const { ssh, proxy, trust } = saved ?? {};
  return {
    name: saved?.name ?? '',
    host: saved?.host ?? '',
    ports: {
      ccPort: String(saved?.ccPort ?? 9000),
      sslPort: String(saved?.sslPort ?? 8443),
      servicePort: String(saved?.servicePort ?? 8992),
      chatPort: String(saved?.chatPort ?? 11_111),
    },
    ways: saved ? saved.pathOrder : ['single-port', 'hand-off'],
    ssh: {
      host: ssh?.host ?? '',
      port: ssh?.port === undefined ? '' : String(ssh.port),
      user: ssh?.user ?? '',
      keyFile: ssh?.keyFile ?? '',
      jump: (ssh?.jump ?? []).join(', '),
      hostKey: ssh?.hostKey ?? '',
    },
    jumpKeys: Object.keys(ssh?.jumpHostKeys ?? {}),
    useProxy: proxy !== undefined,
    proxy: { host: proxy?.host ?? '', port: proxy ? String(proxy.port) : '', user: proxy?.user ?? '' },
    useTrust: trust !== undefined,
    trust: {
      authorityFile: trust?.authorityFile ?? '',
      certificateFile: trust?.certificateFile ?? '',
      keyFile: trust?.keyFile ?? '',
    },
  };
}

const portOf = (text: string): number | undefined => {
  const port = Number(text);
  return /^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65_535 ? port : undefined;
};
const USER = /^[^\s:]{1,64}$/;
const WHOLE_PATH = /^(\/|~\/|[A-Za-z]:[\\/]|\\\\)/;
const HOST_KEY = /^SHA256:[A-Za-z0-9+/]{43}$/;
const JUMP = /^([^\s@]+@)?(\[[0-9A-Fa-f:.]+\]|[^\s@:/-][^\s@:/]*)(:\d{1,5})?$/;
const MOST_JUMPS = 8;

const jumpsOf = (text: string): string[] =>
  text
    .split(',')
    .map((jump) => jump.trim())
    .filter((jump) => jump !== '');

/** What keeps a system from being saved, by field; only of parts that count. */
export function problemsOf(draft: SystemDraft): Problems {
  const { problems: words } = t.ways;
  const found: Problems = {};
  const check = (field: FieldName, text: string, isGood: (text: string) => boolean, message: string): void => {
    if (!isGood(text.trim())) found[field] = message;
  };
  const orEmpty =
    (isGood: (text: string) => boolean) =>
    (text: string): boolean =>
      text === '' || isGood(text);
  const isPort = (text: string): boolean => portOf(text) !== undefined;
  /** `whenEmpty`: what is said where a host is needed. */
  const checkHost = (field: FieldName, text: string, whenEmpty?: string): void => {
    const host = text.trim();
    const problem = hostProblem(host);
    const message = host === '' ? whenEmpty : problem && words.hostForm[problem];
    if (message !== undefined) found[field] = message;
  };

  check('name', draft.name, (text) => text !== '', words.name);
  checkHost('host', draft.host, words.host);
  for (const key of PORT_KEYS) check(`ports.${key}`, draft.ports[key], isPort, words.port);
  if (draft.ways.length === 0) found.ways = words.ways;
  if (draft.ways.includes('ssh')) {
    const { ssh } = draft;
    checkHost('ssh.host', ssh.host);
    check('ssh.port', ssh.port, orEmpty(isPort), words.port);
    check(
      'ssh.user',
      ssh.user,
      orEmpty((text) => USER.test(text)),
      words.user,
    );
    check(
      'ssh.keyFile',
      ssh.keyFile,
      orEmpty((text) => WHOLE_PATH.test(text)),
      words.path,
    );
    check(
      'ssh.hostKey',
      ssh.hostKey,
      orEmpty((text) => HOST_KEY.test(text)),
      words.hostKey,
    );
    const jumps = jumpsOf(ssh.jump);
    const badJump = jumps.find((jump) => !JUMP.test(jump));
    if (badJump !== undefined) found['ssh.jump'] = words.jump(badJump);
    else if (jumps.length > MOST_JUMPS) found['ssh.jump'] = words.jumps(MOST_JUMPS);
  }
  if (draft.ways.includes('websocket') && draft.useProxy) {
    const { proxy } = draft;
    checkHost('proxy.host', proxy.host, words.proxyHost);
    check('proxy.port', proxy.port, isPort, words.port);
    check(
      'proxy.user',
      proxy.user,
      orEmpty((text) => USER.test(text)),
      words.user,
    );
  }
  if (draft.useTrust) {
    const { trust } = draft;
    for (const key of TRUST_KEYS)
      check(
        `trust.${key}`,
        trust[key],
        orEmpty((text) => WHOLE_PATH.test(text)),
        words.path,
      );
    if (trust.keyFile.trim() !== '' && trust.certificateFile.trim() === '')
      found['trust.certificateFile'] = words.certificate;
    if (TRUST_KEYS.every((key) => trust[key].trim() === '')) found['trust.authorityFile'] = words.trust;
  }
  return found;
}

const given = <K extends string>(fields: Readonly<Record<K, string>>): Partial<Record<K, string>> =>
  Object.fromEntries(
    Object.entries<string>(fields).flatMap(([key, text]) => (text.trim() === '' ? [] : [[key, text.trim()]])),
  ) as Partial<Record<K, string>>;

function sshOf(draft: SystemDraft, saved: SavedSystem | undefined): SavedSystem['ssh'] {
  const { port, jump, host, ...others } = given(draft.ssh);
  if (Object.keys(given(draft.ssh)).length === 0 && draft.jumpKeys.length === 0) return undefined;
  const jumps = jumpsOf(jump ?? '');
  const jumpHostKeys = Object.fromEntries(
    Object.entries(saved?.ssh?.jumpHostKeys ?? {}).filter(([place]) => draft.jumpKeys.includes(place)),
  );
  return {
    ...others,
    host: host ?? draft.host.trim(),
    ...(port === undefined ? {} : { port: portOf(port) }),
    ...(jumps.length === 0 ? {} : { jump: jumps }),
    ...(Object.keys(jumpHostKeys).length === 0 ? {} : { jumpHostKeys }),
  };
}

function proxyOf({ useProxy, proxy }: SystemDraft): SavedSystem['proxy'] {
  const { host, port, user } = given(proxy);
  if (!useProxy || host === undefined) return undefined;
  return { host, port: portOf(port ?? '') ?? 0, ...(user === undefined ? {} : { user }) };
}

/**
 * What the workbench is told. A way that is switched off keeps the settings that were saved, for the day it is switched on
 * again; a proxy or an authority that is switched off is forgotten.
 */
export function inputOf(draft: SystemDraft, saved: SavedSystem | undefined): BridgeParams<'system.add'> {
  const ssh = draft.ways.includes('ssh') ? sshOf(draft, saved) : saved?.ssh;
  const proxy = draft.ways.includes('websocket') ? proxyOf(draft) : saved?.proxy;
  return {
    name: draft.name.trim(),
    host: draft.host.trim(),
    ...Object.fromEntries(PORT_KEYS.map((key) => [key, portOf(draft.ports[key])])),
    pathOrder: [...draft.ways],
    ...(ssh ? { ssh: { ...ssh, jump: ssh.jump && [...ssh.jump] } } : {}),
    ...(proxy ? { proxy } : {}),
    ...(draft.useTrust ? { trust: given(draft.trust) } : {}),
  };
}

/** The chosen ways with one of them a place earlier or later. */
export function movedWay(ways: readonly Way[], way: Way, by: -1 | 1): readonly Way[] {
  const at = ways.indexOf(way);
  const other = ways[at + by];
  if (at < 0 || other === undefined) return ways;
  const next = [...ways];
  next[at] = other;
  next[at + by] = way;
  return next;
}
