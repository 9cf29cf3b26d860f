import { z } from 'zod';
import { hostProblem } from '../model/hostName.ts';
import type { WayQuestion } from '../model/ways.ts';
import type { SavedSystem } from './state.ts';

/*
 * What a system needs for its ways beside its address: SSH, proxy and trust settings. Checked the same from a window, from
 * putctl and from the list of systems. No secret stands in them.
 */

const port = z.number().int().min(1).max(65_535);
export const hostName = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .refine((text) => hostProblem(text) !== 'form', 'is not a host name or address')
  .refine((text) => hostProblem(text) !== 'port', 'must stand without its port and without brackets');
const userName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\s:]+$/, 'is not a user name');
const filePath = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .regex(/^(\/|~\/|[A-Za-z]:[\\/]|\\\\)/, 'must be a whole path, from the root or from ~/');
const hostKey = z
  .string()
  .trim()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must look like SHA256: and 43 signs, as ssh-keygen -lf prints it');
const jumpHost = z
  .string()
  .trim()
  .min(1)
  .max(330)
  .regex(/^([^\s@]+@)?(\[[0-9A-Fa-f:.]+\]|[^\s@:/-][^\s@:/]*)(:\d{1,5})?$/, 'must be [user@]host[:port]');

export const sshSettingsSchema = z.object({
  host: hostName,
  port: port.optional(),
  user: userName.optional(),
  keyFile: filePath.optional(),
  jump: z.array(jumpHost).max(8).optional(),
  hostKey: hostKey.optional(),
  jumpHostKeys: z.record(z.string().max(260), hostKey).optional(),
});

export const proxySettingsSchema = z.object({ host: hostName, port, user: userName.optional() });

export const trustSettingsSchema = z
  .object({
    authorityFile: filePath.optional(),
    certificateFile: filePath.optional(),
    keyFile: filePath.optional(),
  })
  .refine((trust) => trust.keyFile === undefined || trust.certificateFile !== undefined, {
    path: ['keyFile'],
    message: 'needs a client certificate beside it',
  });

/** The parts of a system that say how its ways are gone. */
export const waySettingsShape = {
  ssh: sshSettingsSchema.optional(),
  proxy: proxySettingsSchema.optional(),
  trust: trustSettingsSchema.optional(),
};

/** The system with a host key that a person accepted on the way to it. */
export function withHostKey(
  saved: SavedSystem,
  { host, port: sshPort, fingerprint, jump }: Extract<WayQuestion, { kind: 'ssh-host-key' }>,
): SavedSystem {
  const ssh = saved.ssh ?? { host: saved.host };
  return {
    ...saved,
    ssh: jump
      ? { ...ssh, jumpHostKeys: { ...ssh.jumpHostKeys, [`${host}:${sshPort}`]: fingerprint } }
      : { ...ssh, hostKey: fingerprint },
  };
}

/**
 * New settings of a system in place of those before. An accepted host key does not move along to another host or port, nor an
 * accepted certificate.
 */
export function withSettings(
  before: SavedSystem,
  input: Omit<SavedSystem, 'systemId' | 'practice' | 'fingerprint' | 'user' | 'lastUsedAtMs' | 'lastPath'>,
): SavedSystem {
  const moved = input.host !== before.host || input.ccPort !== before.ccPort;
  const { ssh } = input;
  const sshMoved =
    ssh !== undefined &&
    (ssh.host !== (before.ssh?.host ?? before.host) || (ssh.port ?? 22) !== (before.ssh?.port ?? 22));
  return {
    ...before,
    ...input,
    ssh: ssh && sshMoved && ssh.hostKey === before.ssh?.hostKey ? { ...ssh, hostKey: undefined } : ssh,
    proxy: input.proxy,
    trust: input.trust,
    ...(moved ? { fingerprint: undefined } : {}),
    // The way that worked counts at the address where it did, and a new order is meant as it stands.
    ...(moved || input.pathOrder.join() !== before.pathOrder.join() ? { lastPath: undefined } : {}),
  };
}

/** What differs between two states of a system; a setting that went is there as undefined. */
export function changesOf(before: SavedSystem, after: SavedSystem): Partial<SavedSystem> {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof SavedSystem)[];
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return Object.fromEntries(changed.map((key) => [key, after[key]]));
}
