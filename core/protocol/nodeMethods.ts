import { z } from 'zod';
import { Channel } from './frame.ts';
import { nodeId, nodeIds, fileName, nothing, method } from './method.ts';

const inventoryProblem = z.object({
  kind: z.enum(['fault', 'note']),
  file: z.string(),
  line: z.number().int(),
  message: z.string(),
});
const inventoryForm = z.enum(['nodes', 'mpplist', 'hosts', 'ansible-ini', 'ansible-yaml']);
/** An inventory as a text; 10,000 nodes with their host keys fit. */
const inventoryText = z.string().max(3 * 1024 * 1024);
const names = z.array(nodeId).min(1).max(10_000);
const groupName = z.union([z.string().max(64), z.number().int()]);
const failures = z.array(z.object({ name: z.string(), code: z.string(), message: z.string() }));

/** Requests that concern the nodes and the inventory. */
export const NODE_METHODS = {
  /** Reads the nodes anew; the topic `nodes` shows the outcome. */
  'nodes.refresh': method(Channel.job, 'observer', 'reads', z.strictObject({}), nothing),
  /**
   * Starts the service of the nodes named, or of all nodes whose service is not known to be up, outside of an operation. Answers after
   * 30 s at the latest; what is `unfinished` then goes on, and the topic `nodes` shows its end.
   */
  'nodes.startServices': method(
    Channel.job,
    'operator',
    'wanted',
    z.strictObject({ nodeIds: nodeIds.optional() }),
    z.object({
      started: z.array(nodeId),
      failed: z.array(z.object({ nodeId, code: z.string(), message: z.string() })),
      unfinished: z.array(nodeId),
    }),
  ),

  /**
   * What is wrong with an inventory, and what taking it over would do; without `text` that of the master, nodes.yaml. The first 1,000 problems
   * are named.
   */
  'inventory.check': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({ text: inventoryText.optional(), name: fileName.optional(), form: inventoryForm.optional() }),
    z.object({
      form: inventoryForm,
      nodes: z.number().int(),
      /** Names of the jump hosts among what is checked: `added` and `changed` name them beside nodes. A master before this says nothing of it. */
      jumpHosts: z.array(z.string()).optional(),
      problems: z.array(inventoryProblem),
      ...{ added: z.array(z.string()), changed: z.array(z.string()), same: z.number().int() },
      /** Of the inventory of the master: why it is not in effect, hosts without a pinned host key (the first 1,000), the line for authorized_keys. */
      waitsFor: z.enum(['job', 'faults']).optional(),
      unpinned: z.array(z.string()).optional(),
      publicLine: z.string().optional(),
      /** Of the master too: its file, nodes of the inventory in effect, systems of which the password for sudo was given (`*`: all). */
      file: z.string().optional(),
      nodesInEffect: z.number().int().optional(),
      sudoGivenFor: z.array(z.string()).optional(),
    }),
  ),
  /** A node or jump host as nodes.yaml has it now (checked by core/model, `InventoryRow`), its pinned keys as fingerprints. Throws `node-unknown`. */
  'inventory.row': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({ name: nodeId }),
    z.object({
      ...{ address: z.string(), port: z.number().int(), user: z.string(), jump: z.string().optional() },
      keys: z.array(z.string()).readonly(),
      ...{
        become: z.string().optional(),
        type: z.string().optional(),
        tags: z.array(z.string()).readonly().optional(),
      },
      ...{ system: groupName.optional(), clique: groupName.optional() },
    }),
  ),
  /**
   * Takes nodes over into nodes.yaml: from a text in one of the forms, or named one by one (checked by core/model). A text with a fault is
   * refused as a whole. Nodes that are there with other values are `different` and stay, or are changed with `update`.
   */
  'inventory.add': method(
    Channel.job,
    'admin',
    'wanted',
    z.strictObject({
      text: inventoryText.optional(),
      name: fileName.optional(),
      form: inventoryForm.optional(),
      nodes: z
        .array(z.looseObject({ name: z.string().max(100) }))
        .max(1000)
        .optional(),
      update: z.boolean().optional(),
    }),
    z.object({
      ...{ added: z.array(z.string()), changed: z.array(z.string()), different: z.array(z.string()) },
      same: z.number().int(),
      notes: z.array(inventoryProblem),
    }),
  ),
  /** Takes nodes or jump hosts out of nodes.yaml; nothing is done on them. */
  'inventory.remove': method(
    Channel.job,
    'admin',
    'wanted',
    z.strictObject({ names }),
    z.object({ removed: z.array(z.string()) }),
  ),
  /** Looks for SSH at every address of an IPv4 subnet (`10.0.0.0/24`, `10.0.0.1-10.0.0.40`); answers after 25 s at the latest with what it found. */
  'inventory.probe': method(
    Channel.job,
    'admin',
    'reads',
    z.strictObject({ subnet: z.string().max(100), port: z.number().int().min(1).max(65_535).optional() }),
    z.object({
      found: z.array(
        z.object({
          ...{ address: z.string(), port: z.number().int(), banner: z.string(), key: z.string().optional() },
          ...{ fingerprint: z.string().optional(), node: z.string().optional() },
        }),
      ),
      asked: z.number().int(),
      /** Addresses that were not asked, or had not answered, when the time was over. */
      unfinished: z.number().int(),
    }),
  ),
  /** Reads the host keys that nodes or jump hosts show at this moment, beside those that are pinned (fingerprints). */
  'inventory.shownKeys': method(
    Channel.job,
    'operator',
    'reads',
    z.strictObject({ names: z.array(nodeId).min(1).max(1000) }),
    z.object({
      shown: z.array(
        z.object({ name: z.string(), key: z.string(), fingerprint: z.string(), pinned: z.array(z.string()) }),
      ),
      failed: failures,
    }),
  ),
  /** Pins host keys by name of node or jump host, in place of those pinned before. Takes effect at once, also while a job runs. */
  'inventory.pin': method(
    Channel.job,
    'admin',
    'wanted',
    z.strictObject({ keys: z.record(nodeId, z.array(z.string().max(4000)).max(10)) }),
    z.object({ pinned: z.array(z.string()) }),
  ),
  /** What was last read of a node, each part with its time (checked by core/model, `KnownFacts`); with `read` it is read anew first. */
  'nodes.facts': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({ nodeId, read: z.boolean().optional() }),
    z.object({ nodeId, readAtMs: z.record(z.string(), z.number()), facts: z.looseObject({}) }),
  ),
  /** Brings the master's key to nodes, signing in by a password that is used for this alone and kept nowhere. */
  'nodes.authorize': method(
    Channel.job,
    'admin',
    'wanted',
    z.strictObject({ names: z.array(nodeId).min(1).max(1000), password: z.string().min(1).max(1024) }),
    z.object({ authorized: z.array(z.string()), failed: failures }),
  ),
  /** The password for sudo on the nodes of a system, or of all; kept in memory until putservices ends. An empty one is forgotten. */
  'nodes.sudoPassword': method(
    Channel.job,
    'operator',
    'wanted',
    z.strictObject({
      system: groupName.optional(),
      password: z.string().max(1024),
    }),
    nothing,
  ),
} as const;
