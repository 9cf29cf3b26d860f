import { z } from 'zod';
import { type GroupName, groupNameOf } from './groupName.ts';
import { NODE_TYPES, type NodeEntry, type NodeType } from './node.ts';

/*
 * The nodes of the target system as the state folder's nodes.yaml names them, and how each is reached. Secrets are no part of it: the master's key stands in
 * a file of its own, a password for sudo is asked for once and kept in memory.
 */

/** Limits of an inventory, whatever form it is read from. */
export const INVENTORY_LIMITS = {
  bytes: 8 * 1024 * 1024,
  nodes: 10_000,
  jumpHosts: 100,
  /** Hosts that stand one after the other between the master and a node. */
  jumps: 4,
  tags: 50,
  hostKeys: 10,
  words: 50,
} as const;

/** How a user that is not root comes to root's rights on a node: not at all, or by sudo. */
export const BECOME_WAYS = ['none', 'sudo'] as const;
export type BecomeWay = (typeof BECOME_WAYS)[number];

/** A host that SSH is spoken with: a node, or a jump host on the way to nodes. */
export interface SshHost {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Name of the jump host, or of the node, through which it is reached. */
  readonly jump?: string | undefined;
  /** Pinned host keys as in known_hosts (`ssh-ed25519 AAAA...`); none: not seen yet, so that nothing is done there. */
  readonly hostKeys: readonly string[];
}

export interface JumpHost extends SshHost {
  readonly name: string;
}

/** The service that Shutdown and Start act on. Commands are words, never a joined text; without them `systemctl` is asked with the name. */
export interface NodeService {
  readonly name: string;
  readonly start?: readonly string[] | undefined;
  readonly stop?: readonly string[] | undefined;
  /** Exit status as of an init script (LSB): 0 up, 1 to 3 down, others unknown. */
  readonly status?: readonly string[] | undefined;
}

/** A node of the inventory with all that is said of it, defaults filled in. */
export interface InventoryNode extends NodeEntry, SshHost {
  readonly become: BecomeWay;
  readonly tags: readonly string[];
  /** Its own, or that of its type; absent: the node has none that is stopped and started. */
  readonly service?: NodeService | undefined;
}

/** A whole inventory, in the order of its file. */
export interface Inventory {
  readonly nodes: readonly InventoryNode[];
  readonly jumpHosts: readonly JumpHost[];
}

export const EMPTY_INVENTORY: Inventory = { nodes: [], jumpHosts: [] };

export const SSH_PORT = 22;

const NODE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
/** A host name (RFC 1123), an IPv4 or an IPv6 address with an optional zone; nothing that a command line could take for an option. */
const ADDRESS =
  /^([A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]{1,30})?)$/;
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.:=-]{0,63}$/;
const GROUP = /^[A-Za-z0-9_][A-Za-z0-9_. -]{0,62}$/;
const HOST_KEY = /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]{1,60} [A-Za-z0-9+/]{16,3000}={0,2}$/;

export const nodeNameSchema = z
  .string()
  .regex(NODE_NAME, 'a name of letters, digits, dots, dashes and underscores is needed, at most 64 signs');
export const addressSchema = z.string().max(253).regex(ADDRESS, 'a host name or an IP address is needed');
export const portSchema = z.int('a port from 1 to 65535 is needed').min(1).max(65_535);
export const userSchema = z.string().regex(USER, 'a user name is needed');
export const nodeTypeSchema = z.enum(NODE_TYPES, `one of ${NODE_TYPES.join(', ')} is needed`);
export const becomeSchema = z.enum(BECOME_WAYS, `one of ${BECOME_WAYS.join(', ')} is needed`);
export const tagSchema = z.string().regex(TAG, 'a tag of letters, digits and . : = _ - is needed, at most 64 signs');
export const hostKeySchema = z
  .string()
  .regex(HOST_KEY, 'a public host key as in known_hosts is needed, such as ssh-ed25519 AAAA..., without a name');
/** `7` and `"7"` are one group. */
export const groupNameSchema = z
  .union(
    [z.int().min(0).max(999_999_999), z.string().regex(GROUP)],
    'a number, or a name of letters and digits is needed',
  )
  .transform((value): GroupName => (typeof value === 'string' ? groupNameOf(value) : value));

const wordsSchema = z.array(z.string().min(1).max(4000)).min(1).max(INVENTORY_LIMITS.words);
export const nodeServiceSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9@_.:-]{1,128}$/, 'the name of a service is needed'),
  start: wordsSchema.optional(),
  stop: wordsSchema.optional(),
  status: wordsSchema.optional(),
});

/** What may be said of a node beside its name and address; all of it may stand under `defaults` as well, but the host keys. */
const settingShape = {
  port: portSchema,
  user: userSchema,
  become: becomeSchema,
  jump: nodeNameSchema,
  type: nodeTypeSchema,
  system: groupNameSchema,
  clique: groupNameSchema,
  tags: z.array(tagSchema).max(INVENTORY_LIMITS.tags),
};
export const nodeDefaultsSchema = z.strictObject(settingShape).partial();
export type NodeDefaults = z.output<typeof nodeDefaultsSchema>;

const hostKeysSchema = z.array(hostKeySchema).max(INVENTORY_LIMITS.hostKeys);

/** A node as the file has it: what is not said comes from `defaults`. Without an address the name is the address. */
export const nodeLineSchema = nodeDefaultsSchema.extend({
  name: nodeNameSchema,
  address: addressSchema.optional(),
  hostKeys: hostKeysSchema.optional(),
  service: nodeServiceSchema.optional(),
});
export type NodeLine = z.output<typeof nodeLineSchema>;

export const jumpHostLineSchema = z.strictObject({
  name: nodeNameSchema,
  address: addressSchema.optional(),
  port: portSchema.optional(),
  user: userSchema.optional(),
  jump: nodeNameSchema.optional(),
  hostKeys: hostKeysSchema.optional(),
});

export const servicesSchema = z.partialRecord(nodeTypeSchema, nodeServiceSchema);
export type ServicesByType = Readonly<Partial<Record<NodeType, NodeService>>>;

/** A node of an inventory, from what is said of it. */
export function inventoryNode(
  { name, address, service, hostKeys, ...own }: NodeLine,
  defaults: NodeDefaults = {},
  services: ServicesByType = {},
): InventoryNode {
  const said: NodeDefaults = {
    ...defaults,
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
  };
  const type = said.type ?? 'UNKNOWN';
  return {
    nodeId: name,
    address: address ?? name,
    type,
    system: said.system ?? 1,
    ...(said.clique === undefined ? {} : { clique: said.clique }),
    port: said.port ?? SSH_PORT,
    user: said.user ?? 'root',
    become: said.become ?? (said.user === undefined || said.user === 'root' ? 'none' : 'sudo'),
    ...(said.jump === undefined ? {} : { jump: said.jump }),
    tags: said.tags ?? [],
    hostKeys: hostKeys ?? [],
    ...((service ?? services[type]) ? { service: service ?? services[type] } : {}),
  };
}
