import { z } from 'zod';
import { Channel } from './frame.ts';
import { id, nodeId, nodeIds, stepId, reason, wave, nothing, seen, method } from './method.ts';

/** An answer is checked by the kind of the step that waits, see core/steps; the step is the one that was seen. */
const stepInput = z.looseObject({});

/** Answers to the input steps of an operation, checked by core/steps for its operation. */
const answers = z.looseObject({});

/** Settings of a job by name, checked by core/model against what its operation has. */
const settings = z.record(z.string().max(60), z.unknown());

/** A time with its zone, as people write it. */
const instant = z.string().max(100);
/** Digest of what is approved. */
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** Requests that concern operations and jobs, and practice with them. */
export const JOB_METHODS = {
  /** The operations that the master has, in the order in which they are offered. */
  'operation.list': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({}),
    z.object({
      operations: z.array(
        z.object({
          ...{ id: z.string(), version: z.number().int(), title: z.string(), purpose: z.string() },
          /** What who starts a job may say, by name: each as the operation defines it. Absent from older services. */
          settings: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
      /** Of the master node's place. Absent from older services. */
      timeZone: z.string().optional(),
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
      /** Nodes without which there would be no problem. */
      inTheWay: z.array(z.string()).optional(),
      /** What is left to be found on the nodes, in words. */
      notes: z.array(z.string()).optional(),
    }),
  ),
  /** Back: to the input step before the current one. */
  'job.back': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen }), nothing),
  /** Next on a step with failed or unreachable nodes that were all ignored, at a gate that is held, or at a limit of failures. */
  'job.continue': method(Channel.job, 'operator', 'seen', z.strictObject({ jobId: id, seen }), nothing),
  /** Retry exactly the failed, unreachable and unknown pairs of the current step, or of the nodes named; a node named that it left alone because of what happened before catches up. */
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
  /** Warnings that nodes came through a step with are read and left at that: of those named, or of all; also after the end of the job. */
  'job.accept': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, stepId, nodeIds: nodeIds.optional() }),
    z.object({ accepted: z.number().int() }),
  ),
  'job.undoIgnore': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, stepId, nodeIds, packageName: z.string().max(200).optional() }),
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
  /** No further work is begun until the job is resumed; what runs comes to its end. With `beforeWave` (from 2) it goes on up to that wave and stops before it. */
  'job.pause': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, reason: reason.optional(), beforeWave: wave.optional() }),
    nothing,
  ),
  /** The job goes on. With `beforeWave` the stop before that wave is taken back instead, whoever asked for it. */
  'job.resume': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, beforeWave: wave.optional() }),
    nothing,
  ),
  /**
   * Hold of nodes: nothing further is begun on them while the others go on, and what runs there comes to its end. One that failed or is away is held as
   * well; a step does not wait for it. Held nodes are waited for where steps that cannot be taken back are through, and before the last step.
   */
  'job.hold': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, nodeIds, reason }),
    z.object({ held: z.number().int() }),
  ),
  /** Release of nodes that are held or were ignored: they take part again, and what they missed they catch up, before the next phase or question. */
  'job.release': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, nodeIds }),
    z.object({ released: z.number().int() }),
  ),
  /** The job that waits for its time (settings notBefore, notAfter) begins all the same. */
  'job.beginNow': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({ jobId: id, seen, reason: reason.optional() }),
    nothing,
  ),
  /**
   * Another time in which the job may begin: absent stays as it is, null takes it away. What is to be approved is what is accepted with that time, so that
   * an approval is asked for anew, where a wave begins.
   */
  'job.setWindow': method(
    Channel.job,
    'operator',
    'seen',
    z.strictObject({
      ...{ jobId: id, seen, reason: reason.optional() },
      ...{ notBefore: instant.nullable().optional(), notAfter: instant.nullable().optional() },
    }),
    nothing,
  ),
  /** Who approved takes it back, while nothing of what was approved has begun. `withdrawn`: there was something to take back. */
  'job.withdrawApproval': method(
    Channel.job,
    'operator',
    'wanted',
    z.strictObject({ jobId: id }),
    z.object({ withdrawn: z.boolean() }),
  ),
  /** Another person than those who had a part in the job approves what it is about to do, by the digest that was shown. */
  'job.approve': method(Channel.job, 'operator', 'wanted', z.strictObject({ jobId: id, digest }), nothing),
  /** Approves a plan file for a job that somebody else starts with it. `needed`: jobs of this system wait for an approval. */
  'plan.approve': method(
    Channel.job,
    'operator',
    'wanted',
    z.strictObject({ digest }),
    z.object({ needed: z.boolean() }),
  ),
  /** Takes back one's own approval of a plan file; a job that was started with it before keeps it. `withdrawn`: there was one. */
  'plan.withdrawApproval': method(
    Channel.job,
    'operator',
    'wanted',
    z.strictObject({ digest }),
    z.object({ withdrawn: z.boolean() }),
  ),
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
  /** Confirms nodes that would go back by themselves (dead-man): those named, or all of the job. Of what is not over when the answer comes, the job tells. */
  'job.confirm': method(
    Channel.job,
    'operator',
    'wanted',
    z.strictObject({ jobId: id, nodeIds: nodeIds.optional() }),
    z.object({
      confirmed: z.array(nodeId),
      failed: z.array(z.object({ nodeId, code: z.string(), message: z.string() })),
      unfinished: z.array(nodeId),
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
   * Nodes in whose logs a text stands, in the order of the job; letters A to Z of either case. `limit` counts nodes with it; a search also ends after a moment's
   * work. `next` is where the rest begins, `searched` how many nodes were looked through. Of each node its newest matching lines, long ones cut around the text.
   */
  'job.searchLog': method(
    Channel.job,
    'observer',
    'reads',
    z.strictObject({
      jobId: id,
      text: z.string().min(1).max(200),
      stepId: stepId.optional(),
      from: z.number().int().min(0),
      limit: z.number().int().min(1).max(200),
    }),
    z.object({
      nodes: z.array(
        z.object({
          nodeId,
          matches: z.number().int(),
          lines: z.array(z.object({ atMs: z.number(), stepId, attempt: z.number().int(), text: z.string() })),
        }),
      ),
      searched: z.number().int(),
      next: z.number().int().optional(),
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
} as const;
