import { z } from 'zod';
import { Channel } from './frame.ts';
import type { Role } from './handshake.ts';

/*
 * Requests of PUT Open Protocol 1: name, channel, least role, params and result. Both ends check params and result against
 * the schemas here. Views (job, library, ports, nodes) come through topics, not through results.
 */

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const nodeId = z.string().min(1).max(100);
const nodeIds = z.array(nodeId).min(1).max(100_000);
const stepId = z.string().min(1).max(60);
const fileName = z.string().min(1).max(255);
const reason = z.string().trim().min(1).max(500);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Waves are counted from 1. */
const wave = z.number().int().min(1).max(100_000);
const nothing = z.object({});
/** What the person saw of the job when they decided: the step, its attempt, and the number of the last event. */
const seen = z.strictObject({
  stepId,
  attempt: z.number().int().min(0),
  eventNumber: z.number().int().min(0),
});

/**
 * How a request that comes again is kept from doing its work twice, whatever died between the deed and its answer:
 * - `reads`: it changes nothing, so it may run again;
 * - `connection`: it concerns the connection or the session that asks, and nothing outlives that;
 * - `id`: its params carry an id made by the client, which is kept with what the request did;
 * - `seen`: its params carry what the person saw; it is done to that and to nothing else;
 * - `wanted`: it asks for a state, and where that is so already nothing is done;
 * - `named`: it ends or completes one thing whose id is never given to another.
 */
export type Repeat = 'reads' | 'connection' | 'id' | 'seen' | 'wanted' | 'named';

export interface MethodDefinition<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly channel: Channel;
  readonly role: Role;
  readonly repeat: Repeat;
  readonly params: P;
  readonly result: R;
}

function method<P extends z.ZodType, R extends z.ZodType>(
  channel: Channel,
  role: Role,
  repeat: Repeat,
  params: P,
  result: R,
): MethodDefinition<P, R> {
  return { channel, role, repeat, params, result };
}

const timelineEntry = z.object({
  number: z.number().int().min(1),
  atMs: z.number(),
  kind: z.enum(['message', 'event']),
  user: z.string().optional(),
  jobId: z.string().optional(),
  text: z.string(),
});

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
const failures = z.array(z.object({ name: z.string(), code: z.string(), message: z.string() }));

/** An answer is checked by the kind of the step that waits, see core/steps; the step is the one that was seen. */
const stepInput = z.looseObject({});

/** Answers to the input steps of an operation, checked by core/steps for its operation. */
const answers = z.looseObject({});

/** Settings of a job by name, checked by core/model against what its operation has. */
const settings = z.record(z.string().max(60), z.unknown());

export const METHODS = {
  /**
   * Watch a topic. State topics: `ports`, `jobs`, `job:<id>`, `nodes`, `library`, `sessions`, `inventory`. Log topic: `timeline`, where
   * `since` is the last number seen and `last` how many entries are wanted at most. News come as envelopes of kind `t`, coalesced to what the line carries.
   */
  'topic.watch': method(
    Channel.control,
    'observer',
    'connection',
    z.strictObject({
      topic: z.string().max(100),
      since: z.number().int().min(0).optional(),
      last: z.number().int().min(0).max(10_000).optional(),
    }),
    z.object({ watch: z.number().int() }),
  ),
  'topic.unwatch': method(
    Channel.control,
    'observer',
    'connection',
    z.strictObject({ watch: z.number().int() }),
    nothing,
  ),
  /** Ends the session for good: lease and grace are released. */
  'session.end': method(Channel.control, 'observer', 'connection', z.strictObject({}), nothing),

  /**
   * Gives the caller's own account a new password, for somebody who knows the present one. The session goes on; the other
   * sessions of the account end.
   */
  'account.changePassword': method(
    Channel.control,
    'observer',
    'wanted',
    z.strictObject({ password: z.string().max(1024), newPassword: z.string().max(1024) }),
    nothing,
  ),
  /** Ends the caller's own other session, which goes on in the caller's: its client is told where, its lease is released. */
  'session.takeOver': method(
    Channel.control,
    'observer',
    'named',
    z.strictObject({ sessionId: z.string().min(1).max(64) }),
    z.object({ clientSystem: z.string().max(200) }),
  ),
  /** Ends anybody's session. */
  'session.close': method(
    Channel.control,
    'admin',
    'named',
    z.strictObject({ sessionId: z.string().min(1).max(64) }),
    nothing,
  ),

  /** Gives an idle lease back: the one of the session that was seen to hold the port; another one is `already-done`. */
  'ports.release': method(
    Channel.ports,
    'admin',
    'seen',
    z.strictObject({ port: z.number().int().min(1).max(65_535), sessionId: z.string().min(1).max(64) }),
    nothing,
  ),

  /** The operations that the master has, in the order in which they are offered. */
  'operation.list': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({}),
    z.object({
      operations: z.array(
        z.object({ id: z.string(), version: z.number().int(), title: z.string(), purpose: z.string() }),
      ),
    }),
  ),
  /**
   * Starts an operation; `jobId` is made by the client, so a repeat after a cut starts nothing twice. With `answers` the job goes on without
   * a person: up to the plan, and with `acceptPlan` to its end.
   */
  'job.start': method(
    Channel.job,
    'operator',
    'id',
    z.strictObject({
      jobId: id,
      operationId: z.string().max(60),
      answers: answers.optional(),
      acceptPlan: z.boolean().optional(),
      settings: settings.optional(),
    }),
    z.object({ jobId: id, jobNumber: z.number().int() }),
  ),
  /** Next: answers the input step. Another step or attempt than the person saw is `step-not-current`. */
  'job.answer': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen, input: stepInput }), nothing),
  /** Judges an answer without giving it, for the screen: what stands against it. */
  'job.checkAnswer': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({ jobId: id, stepId, input: stepInput }),
    z.object({
      problems: z.array(
        z.object({
          ...{ code: z.string(), message: z.string(), packageName: z.string(), offers: z.array(z.string()) },
          ...{ subject: z.string().optional(), what: z.string().optional() },
        }),
      ),
      /** What is left to be found on the nodes, in words. */
      notes: z.array(z.string()).optional(),
    }),
  ),
  /** Back: to the input step before the current one. */
  'job.back': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen }), nothing),
  /** Next on a step with failed or unreachable nodes that were all ignored, at a gate that is held, or at a limit of failures. */
  'job.continue': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen }), nothing),
  /** Retry exactly the failed, unreachable and unknown pairs of the current step, or of the nodes named. */
  'job.retry': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, stepId, nodeIds: nodeIds.optional() }),
    z.object({ retried: z.number().int() }),
  ),
  /** Ignore failed or unreachable nodes of a step, with a reason; with `packageName` only that package's failure. */
  'job.ignore': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, stepId, nodeIds, packageName: z.string().max(200).optional(), reason }),
    z.object({ ignored: z.number().int() }),
  ),
  /**
   * Give up on nodes: their work at a step is told to stop. Where that is confirmed the node is unknown and can be retried or ignored; otherwise it stays
   * busy, and nothing is begun beside it.
   */
  'job.giveUp': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, stepId, nodeIds, reason: reason.optional() }),
    z.object({ stopping: z.number().int() }),
  ),
  /** Takes back that a package was ignored, while its step has not gone on: on those of the nodes where that was so and nothing runs. */
  'job.undoIgnore': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, stepId, nodeIds, packageName: z.string().max(200) }),
    z.object({ undone: z.number().int() }),
  ),
  /**
   * Cancel, after asking: restart the current step, or exit the operation. Going back to the step needs no request. With
   * `startServices` Exit starts the services that are not known to be up before the operation ends; a second Exit without it
   * gives that up.
   */
  'job.cancel': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({
      jobId: id,
      seen,
      choice: z.enum(['restart-step', 'exit']),
      startServices: z.boolean().optional(),
    }),
    nothing,
  ),
  /** The job goes on by its answers; parts that are named replace those it had, null takes one away. Without `acceptPlan` the plan waits for a person as before. */
  'job.setAnswers': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, answers: answers.optional(), acceptPlan: z.boolean().optional() }),
    nothing,
  ),
  /** No further work is begun until the job is resumed; what runs comes to its end. */
  'job.pause': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, reason: reason.optional() }),
    nothing,
  ),
  'job.resume': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen }), nothing),
  /**
   * The nodes named, those of a wave (from 1), or with neither all that were changed go back to the versions before, from kept packages. The
   * job goes on with the others afterwards; without nodes or a wave it ends.
   */
  'job.rollback': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, nodeIds: nodeIds.optional(), wave: wave.optional(), reason }),
    z.object({ nodes: z.number().int() }),
  ),
  /** What a rollback would come to: nodes that are alike together, with some of their names; a package without `to` is erased. */
  'job.rollbackPreview': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({ jobId: id, nodeIds: nodeIds.optional(), wave: wave.optional() }),
    z.object({
      /** The operation has a way back. */
      possible: z.boolean(),
      nodes: z.number().int(),
      groups: z.array(
        z.object({
          nodes: z.number().int(),
          nodeIds: z.array(nodeId),
          packages: z.array(z.object({ name: z.string(), to: z.string().optional(), wayBack: z.boolean() })),
        }),
      ),
    }),
  ),
  /** Takes the baton, with a reason; the driver before is told in the timeline. */
  'job.takeBaton': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen, reason }), nothing),
  /** Lines of a node's log by range; `from` counts from 0. */
  'job.nodeLog': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({
      jobId: id,
      nodeId,
      stepId: stepId.optional(),
      from: z.number().int().min(0),
      limit: z.number().int().min(1).max(1000),
    }),
    z.object({
      total: z.number().int(),
      lines: z.array(z.object({ atMs: z.number(), stepId, attempt: z.number().int(), text: z.string() })),
    }),
  ),
  /**
   * Rows of a table of a step, by range; `from` counts from 0, `next` is where the next rows begin. Which tables a step has, and what stands in a row, is
   * its kind's matter (core/steps/tables.ts).
   */
  'job.table': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({
      jobId: id,
      stepId,
      table: z.string().min(1).max(60),
      from: z.number().int().min(0),
      limit: z.number().int().min(1).max(1000),
    }),
    z.object({
      total: z.number().int(),
      rows: z.array(z.looseObject({})),
      /** What to know of the whole, in words. */
      notes: z.array(z.string()),
      next: z.number().int().optional(),
      /** Number of the job's last event that is in it. */
      eventNumber: z.number().int(),
    }),
  ),
  /** The report of an ended job as one HTML page, in parts: `from` counts characters, `next` is where the next part begins. */
  'job.reportHtml': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({ jobId: id, from: z.number().int().min(0).optional() }),
    z.object({ html: z.string(), next: z.number().int().optional() }),
  ),
  /** Practice nodes only: trouble to come, by node and step. */
  'practice.setFault': method(
    Channel.job,
    'operator',
    'id',
    z.strictObject({
      requestId: id,
      nodeId,
      stepId,
      kind: z.enum([
        'fail',
        'hang',
        'unreachable',
        'power-loss',
        'pre-script',
        'post-script',
        'disk-full',
        'slow',
        'stuck',
        'reboot',
        'clock-off',
        'slow-answers',
        'long-log',
      ]),
      times: z.number().int().min(0).max(1000),
    }),
    nothing,
  ),
  /** Practice nodes only: all nodes back to the state of a fresh practice system, faults forgotten. */
  'practice.reset': method(Channel.job, 'operator', 'id', z.strictObject({ requestId: id }), nothing),
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
      problems: z.array(inventoryProblem),
      ...{ added: z.array(z.string()), changed: z.array(z.string()), same: z.number().int() },
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
      system: z.union([z.string().max(64), z.number().int()]).optional(),
      password: z.string().max(1024),
    }),
    nothing,
  ),

  /**
   * Opens or reopens an upload into the package library. Answers the offset to go on from and the transfer number for
   * fileData frames; `complete` when the library has the file with this digest already. Credit follows as fileCredit frames.
   */
  'file.begin': method(
    Channel.file,
    'operator',
    'named',
    z.strictObject({ name: fileName, sizeBytes: z.number().int().min(0), sha256 }),
    z.object({
      transfer: z.number().int().min(0).max(0xffff_ffff),
      offset: z.number().int().min(0),
      complete: z.boolean(),
    }),
  ),
  /** All bytes were sent: the receiver checks size and digest, renames, and answers. */
  'file.finish': method(
    Channel.file,
    'operator',
    'named',
    z.strictObject({ transfer: z.number().int().min(0) }),
    z.object({ name: fileName, sha256 }),
  ),
  /** Stops an upload; `discard` also removes what arrived. */
  'file.abort': method(
    Channel.file,
    'operator',
    'named',
    z.strictObject({ transfer: z.number().int().min(0), discard: z.boolean() }),
    nothing,
  ),
  /**
   * Removes the file with the digest that was seen; another one under its name stays, and the answer is `already-done`. Only a file that
   * cannot be used has no digest.
   */
  'file.remove': method(
    Channel.file,
    'admin',
    'seen',
    z.strictObject({ name: fileName, sha256: sha256.optional() }),
    nothing,
  ),

  'chat.say': method(
    Channel.chat,
    'observer',
    'id',
    z.strictObject({ messageId: id, text: z.string().trim().min(1).max(4000), jobId: id.optional() }),
    z.object({ number: z.number().int() }),
  ),
  /** Entries of the timeline before a number, oldest first: at most `limit`, fewer where they are long; none where there are none. */
  'chat.history': method(
    Channel.chat,
    'observer',
    'reads',
    z.strictObject({ before: z.number().int().min(1), limit: z.number().int().min(1).max(500) }),
    z.object({ entries: z.array(timelineEntry) }),
  ),
} as const;

export type MethodName = keyof typeof METHODS;
export type MethodParams<M extends MethodName> = z.input<(typeof METHODS)[M]['params']>;
export type MethodResult<M extends MethodName> = z.output<(typeof METHODS)[M]['result']>;

/** True for a name of the table, own members only. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
