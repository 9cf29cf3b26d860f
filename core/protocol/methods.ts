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
const nothing = z.object({});

export interface MethodDefinition<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly channel: Channel;
  readonly role: Role;
  readonly params: P;
  readonly result: R;
}

function method<P extends z.ZodType, R extends z.ZodType>(
  channel: Channel,
  role: Role,
  params: P,
  result: R,
): MethodDefinition<P, R> {
  return { channel, role, params, result };
}

/** The input of a step is checked by core/model against `stepInputSchema`; here it only has to be an object with a step. */
const stepInput = z.looseObject({ stepId });

export const METHODS = {
  /**
   * Watch a topic. State topics: `ports`, `jobs`, `job:<id>`, `nodes`, `library`, `sessions`. Log topic: `timeline`, where
   * `since` is the last number seen. News come as envelopes of kind `t`, coalesced to what the line carries.
   */
  'topic.watch': method(
    Channel.control,
    'observer',
    z.strictObject({ topic: z.string().max(100), since: z.number().int().min(0).optional() }),
    z.object({ watch: z.number().int() }),
  ),
  'topic.unwatch': method(Channel.control, 'observer', z.strictObject({ watch: z.number().int() }), nothing),
  /** Ends the session for good: lease and grace are released. */
  'session.end': method(Channel.control, 'observer', z.strictObject({}), nothing),

  /** Ends the caller's own other session, which goes on in the caller's: its client is told where, its lease is released. */
  'session.takeOver': method(
    Channel.control,
    'observer',
    z.strictObject({ sessionId: z.string().min(1).max(64) }),
    z.object({ clientSystem: z.string().max(200) }),
  ),
  /** Ends anybody's session. */
  'session.close': method(Channel.control, 'admin', z.strictObject({ sessionId: z.string().min(1).max(64) }), nothing),

  'ports.release': method(
    Channel.ports,
    'admin',
    z.strictObject({ port: z.number().int().min(1).max(65_535) }),
    nothing,
  ),

  /** Starts an operation; `jobId` is made by the client, so a repeat after a cut starts nothing twice. */
  'job.start': method(
    Channel.job,
    'operator',
    z.strictObject({ jobId: id, operationId: z.string().max(60) }),
    z.object({ jobId: id, jobNumber: z.number().int() }),
  ),
  /** Next: answers the input step. `attempt` is the step's attempt the person saw; another one is `step-not-current`. */
  'job.answer': method(
    Channel.job,
    'operator',
    z.strictObject({ jobId: id, attempt: z.number().int(), input: stepInput }),
    nothing,
  ),
  /** Checks a selection of packages without answering, for the screen: problems and whether Next is on. */
  'job.checkSelection': method(
    Channel.job,
    'observer',
    z.strictObject({ jobId: id, fileNames: z.array(fileName).max(10_000) }),
    z.object({
      problems: z.array(
        z.object({ code: z.string(), message: z.string(), packageName: z.string(), offers: z.array(z.string()) }),
      ),
    }),
  ),
  /** Back: to the input step before the current one. */
  'job.back': method(Channel.job, 'operator', z.strictObject({ jobId: id }), nothing),
  /** Next on a step with failed or unreachable nodes that were all ignored. */
  'job.continue': method(Channel.job, 'operator', z.strictObject({ jobId: id }), nothing),
  /** Retry exactly the failed, unreachable and unknown pairs of the current step, or of the nodes named. */
  'job.retry': method(
    Channel.job,
    'operator',
    z.strictObject({ jobId: id, stepId, nodeIds: nodeIds.optional() }),
    z.object({ retried: z.number().int() }),
  ),
  /** Ignore failed or unreachable nodes of a step, with a reason; with `packageName` only that package's failure. */
  'job.ignore': method(
    Channel.job,
    'operator',
    z.strictObject({ jobId: id, stepId, nodeIds, packageName: z.string().max(200).optional(), reason }),
    z.object({ ignored: z.number().int() }),
  ),
  /**
   * Cancel, after asking: restart the current step, or exit the operation. Going back to the step needs no request. With
   * `startServices` Exit starts the services that are not known to be up before the operation ends; a second Exit without it
   * gives that up.
   */
  'job.cancel': method(
    Channel.job,
    'operator',
    z.strictObject({ jobId: id, choice: z.enum(['restart-step', 'exit']), startServices: z.boolean().optional() }),
    nothing,
  ),
  /** Takes the baton, with a reason; the driver before is told in the timeline. */
  'job.takeBaton': method(Channel.job, 'operator', z.strictObject({ jobId: id, reason }), nothing),
  /** Lines of a node's log by range; `from` counts from 0. */
  'job.nodeLog': method(
    Channel.job,
    'observer',
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
  /** The report of an ended job as one HTML page. */
  'job.reportHtml': method(Channel.job, 'observer', z.strictObject({ jobId: id }), z.object({ html: z.string() })),
  /** Practice nodes only: trouble to come, by node and step. */
  'practice.setFault': method(
    Channel.job,
    'operator',
    z.strictObject({
      nodeId,
      stepId,
      kind: z.enum(['fail', 'hang', 'unreachable', 'power-loss', 'pre-script', 'post-script', 'disk-full', 'slow']),
      times: z.number().int().min(0).max(1000),
    }),
    nothing,
  ),
  /** Practice nodes only: all nodes back to the state of a fresh practice system, faults forgotten. */
  'practice.reset': method(Channel.job, 'operator', z.strictObject({}), nothing),
  /** Reads the nodes anew; the topic `nodes` shows the outcome. */
  'nodes.refresh': method(Channel.job, 'observer', z.strictObject({}), nothing),
  /**
   * Starts the service of the nodes named, or of all nodes whose service is not known to be up, outside of an operation. Answers after
   * 30 s at the latest; what is `unfinished` then goes on, and the topic `nodes` shows its end.
   */
  'nodes.startServices': method(
    Channel.job,
    'operator',
    z.strictObject({ nodeIds: nodeIds.optional() }),
    z.object({
      started: z.array(nodeId),
      failed: z.array(z.object({ nodeId, code: z.string(), message: z.string() })),
      unfinished: z.array(nodeId),
    }),
  ),

  /**
   * Opens or reopens an upload into the package library. Answers the offset to go on from and the transfer number for
   * fileData frames; `complete` when the library has the file with this digest already. Credit follows as fileCredit frames.
   */
  'file.begin': method(
    Channel.file,
    'operator',
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
    z.strictObject({ transfer: z.number().int().min(0) }),
    z.object({ name: fileName, sha256 }),
  ),
  /** Stops an upload; `discard` also removes what arrived. */
  'file.abort': method(
    Channel.file,
    'operator',
    z.strictObject({ transfer: z.number().int().min(0), discard: z.boolean() }),
    nothing,
  ),
  'file.remove': method(Channel.file, 'admin', z.strictObject({ name: fileName }), nothing),

  'chat.say': method(
    Channel.chat,
    'observer',
    z.strictObject({ messageId: id, text: z.string().trim().min(1).max(4000), jobId: id.optional() }),
    z.object({ number: z.number().int() }),
  ),
} as const;

export type MethodName = keyof typeof METHODS;
export type MethodParams<M extends MethodName> = z.input<(typeof METHODS)[M]['params']>;
export type MethodResult<M extends MethodName> = z.output<(typeof METHODS)[M]['result']>;

/** True for a name of the table, own members only. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
