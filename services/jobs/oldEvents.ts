import { z } from 'zod';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { AnswerEffects, ItemOutcome, JobEvent, Skips } from '../sequencer/events.ts';
import { OLD_INSTALL_UPGRADE_SOFTWARE } from './oldOperation.ts';

/*
 * Events of journals of the versions 1 and 2, which knew one operation only, as those of today. Each becomes one, so that every event keeps its
 * number: the timeline, requests that come again and whoever looks on know events by it.
 */

const text = z.string();
const stepId = z.enum(stepsOf(OLD_INSTALL_UPGRADE_SOFTWARE).map(({ id }) => id));
const record = z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));
const common = { atMs: z.number(), asked: text.optional() };
const place = { stepId, nodeId: text, attempt: z.number() };
const cause = z.looseObject({ code: text, message: text });
const skips = z.record(text, text).optional();
const outcome = z.looseObject({ state: z.enum(['ok', 'warned', 'failed', 'unreachable', 'unknown']) });
const probe = z.looseObject({
  done: z.enum(['yes', 'no', 'partly', 'unreachable', 'error']),
  packages: z.record(text, text).optional(),
});
const input = z.looseObject({
  stepId,
  nodeIds: z.array(text).optional(),
  types: z.record(text, text).optional(),
});
const groupScreen = z.looseObject({
  systems: z.array(z.looseObject({ system: z.number(), groups: z.array(z.looseObject({ nodeIds: z.array(text) })) })),
});

/** Events that have another form today. Fields that no event had are left out. */
const changedSchema = z.discriminatedUnion('kind', [
  z.object({
    ...{ kind: z.literal('job-started'), ...common, jobId: text, jobNumber: z.number(), operationId: text },
    ...{ title: text, user: text, inventory: z.array(z.looseObject({ nodeId: text })), concurrency: z.number() },
    ...{ answers: record.optional(), acceptPlan: z.boolean().optional() },
  }),
  z.object({ kind: z.literal('step-opened'), ...common, stepId, screen: record.optional(), skips }),
  z.object({
    ...{ kind: z.literal('input-given'), ...common, stepId, input, user: text, skips },
    byAnswers: z.literal(true).optional(),
  }),
  z.object({
    ...{ kind: z.literal('answers-given'), ...common, answers: record, acceptPlan: z.boolean() },
    ...{ changed: z.array(text), user: text },
  }),
  z.object({ kind: z.literal('cell-ended'), ...common, ...place, outcome }),
  z.object({ kind: z.literal('cell-probed'), ...common, ...place, outcome: probe }),
  z.object({ kind: z.literal('work-lingers'), ...common, ...place, cause }),
  z.object({
    ...{ kind: z.literal('package-changed'), ...common, ...place, packageName: text },
    outcome: z.enum(['waiting', 'running', 'successful', 'fail']).catch('waiting'),
  }),
  z.object({
    ...{ kind: z.literal('ignored'), ...common, stepId, nodeIds: z.array(text), packageName: text.optional() },
    ...{ reason: text, user: text },
  }),
  z.object({ kind: z.literal('exit-asked'), ...common, user: text, startServices: z.literal(true).optional() }),
]);
type ChangedEvent = z.output<typeof changedSchema>;

/** Events whose form is that of today. */
const sameSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('step-stuck'), ...common, stepId, cause }),
  z.looseObject({ kind: z.literal('screen-changed'), ...common, stepId, screen: record }),
  z.looseObject({ kind: z.literal('step-skipped'), ...common, stepId, note: text }),
  z.looseObject({ kind: z.literal('answers-stopped'), ...common, stepId, cause }),
  z.looseObject({
    ...{ kind: z.literal('cells-started'), ...common, stepId },
    cells: z.array(z.looseObject({ nodeId: text, mode: z.enum(['run', 'probe']) })),
  }),
  z.looseObject({ kind: z.literal('step-attention'), ...common, stepId }),
  z.looseObject({ kind: z.literal('step-ended'), ...common, stepId, user: text.optional() }),
  z.looseObject({ kind: z.literal('retried'), ...common, stepId, nodeIds: z.array(text), user: text }),
  z.looseObject({ kind: z.literal('step-restarted'), ...common, stepId, user: text }),
  z.looseObject({ kind: z.literal('went-back'), ...common, stepId, user: text }),
  z.looseObject({ kind: z.literal('baton-taken'), ...common, user: text, reason: text }),
  z.looseObject({ kind: z.literal('service-restarted'), ...common }),
  z.looseObject({ kind: z.literal('job-ended'), ...common, report: record }),
]);
const kindsOf = (options: readonly { shape: { kind: { value: string } } }[]): ReadonlySet<string> =>
  new Set(options.map((option) => option.shape.kind.value));
const CHANGED_KINDS = kindsOf(changedSchema.options);
const SAME_KINDS = kindsOf(sameSchema.options);

/** What earlier events of the job say about later ones. */
interface SeenSoFar {
  /** The last screen. */
  screen?: unknown;
  /** What became of packages, by node, in the attempt that ran there last. */
  readonly items: Map<string, { stepId: string; attempt: number; found: Record<string, ItemOutcome> }>;
}

/** Whether a job that begins with this event has events of the versions 1 and 2. */
export function isOldStart(first: unknown): boolean {
  return typeof first === 'object' && first !== null && !Object.hasOwn(first, 'spec');
}

/**
 * The events of a job of the versions 1 and 2 as those of today, one for one, as they are read.
 * @throws PutError state-damaged naming the event that cannot be understood
 */
export function* convertOldEvents(old: Iterable<unknown>): Generator<JobEvent, void> {
  const soFar: SeenSoFar = { items: new Map() };
  let number = 0;
  for (const event of old) {
    number += 1;
    yield convertOne(event, number, soFar);
  }
}

function convertOne(event: unknown, number: number, soFar: SeenSoFar): JobEvent {
  const { kind } = (event ?? {}) as { kind?: unknown };
  const name = typeof kind === 'string' ? kind : 'nameless';
  if (SAME_KINDS.has(name)) {
    const same = understood(sameSchema.safeParse(event), number, name);
    if (same.kind === 'screen-changed') soFar.screen = same.screen;
    return event as JobEvent;
  }
  if (!CHANGED_KINDS.has(name)) throw damaged(number, name, 'an earlier version wrote no such event');
  const changed = understood(changedSchema.safeParse(event), number, name);
  return { ...formOfToday(changed, number, soFar), ...rest(changed) } as JobEvent;
}

function understood<T>(parsed: z.ZodSafeParseResult<T>, number: number, kind: string): T {
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(number, kind, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
}

function damaged(number: number, kind: string, why: string): PutError {
  return new PutError('state-damaged', `event ${number} (${kind}) of an earlier version cannot be taken over: ${why}`, {
    number,
    kind,
  });
}

function rest({ atMs, asked }: ChangedEvent): Pick<JobEvent, 'atMs' | 'asked'> {
  return { atMs, ...(asked === undefined ? {} : { asked }) };
}

function formOfToday(event: ChangedEvent, number: number, soFar: SeenSoFar): object {
  switch (event.kind) {
    case 'job-started': {
      const { jobId, jobNumber, user, inventory, concurrency, answers, acceptPlan } = event;
      if (event.operationId !== OLD_INSTALL_UPGRADE_SOFTWARE.id) {
        throw damaged(number, event.kind, `an earlier version had no operation ${event.operationId}`);
      }
      return {
        ...{ kind: event.kind, jobId, jobNumber, user, inventory },
        spec: { ...OLD_INSTALL_UPGRADE_SOFTWARE, title: event.title },
        settings: { nodesAtOnce: concurrency },
        ...(answers ? { given: { answers, acceptPlan: acceptPlan === true, by: user } } : {}),
      };
    }
    case 'step-opened':
      soFar.screen = event.screen;
      return {
        ...{ kind: event.kind, stepId: event.stepId },
        ...(event.screen ? { screen: event.screen } : {}),
        ...(event.skips ? { skips: foldSkips(event.skips) } : {}),
      };
    case 'input-given': {
      const { screen } = soFar;
      const effects = effectsOf(event.input, screen);
      const plan = event.stepId === 'plan' ? (screen as { plan?: unknown } | undefined)?.plan : undefined;
      return {
        ...{ kind: 'answered', stepId: event.stepId, user: event.user },
        answer: plan === undefined ? event.input : { ...event.input, plan },
        ...(event.byAnswers ? { byGiven: true } : {}),
        ...(effects ? { effects } : {}),
        ...(event.skips ? { skips: foldSkips(event.skips) } : {}),
      };
    }
    case 'answers-given': {
      const { kind, answers, acceptPlan, changed, user } = event;
      return { kind, given: { answers, acceptPlan, by: user }, changed, user };
    }
    case 'package-changed': {
      const { stepId, nodeId, attempt, packageName } = event;
      const before = soFar.items.get(nodeId);
      const found = before?.stepId === stepId && before.attempt === attempt ? before.found : {};
      if (event.outcome === 'successful' || event.outcome === 'fail') found[packageName] = event.outcome;
      soFar.items.set(nodeId, { stepId, attempt, found });
      return { kind: 'item-seen', stepId, nodeId, attempt, item: packageName, outcome: event.outcome };
    }
    case 'cell-ended': {
      const { kind, stepId, nodeId, attempt } = event;
      const seen = soFar.items.get(nodeId);
      const items = seen?.stepId === stepId && seen.attempt === attempt ? seen.found : {};
      soFar.items.delete(nodeId);
      const some = Object.keys(items).length > 0;
      return { kind, stepId, nodeId, attempt, outcome: { ...event.outcome, ...(some ? { items } : {}) } };
    }
    case 'cell-probed': {
      const { kind, stepId, nodeId, attempt } = event;
      const { packages = {}, ...found } = event.outcome;
      const done = Object.keys(packages).filter((name) => packages[name] === 'successful');
      const items = Object.fromEntries(done.map((name) => [name, 'successful']));
      return { kind, stepId, nodeId, attempt, outcome: { ...found, ...(done.length > 0 ? { items } : {}) } };
    }
    case 'work-lingers': {
      const { kind, stepId, nodeId, attempt } = event;
      return { kind, stepId, nodeId, attempt, cause: event.cause };
    }
    case 'ignored': {
      const { kind, stepId, nodeIds, packageName, reason, user } = event;
      return { kind, stepId, nodeIds, ...(packageName === undefined ? {} : { item: packageName }), reason, user };
    }
    case 'exit-asked': {
      const { exit } = OLD_INSTALL_UPGRADE_SOFTWARE;
      return { kind: event.kind, user: event.user, ...(event.startServices ? { step: exit } : {}) };
    }
    default:
      return event satisfies never;
  }
}

/** What the answer meant to the nodes of the job; the machine of the earlier versions knew that by the step's name. */
function effectsOf(answer: z.output<typeof input>, screen: unknown): AnswerEffects | undefined {
  if (answer.stepId === 'select-nodes') return { select: answer.nodeIds ?? [] };
  if (answer.stepId !== 'group-nodes') return undefined;
  const assign: Record<string, { type?: string; system?: number }> = {};
  for (const { system, groups } of groupScreen.safeParse(screen).data?.systems ?? []) {
    for (const nodeId of groups.flatMap((group) => group.nodeIds)) assign[nodeId] = { system };
  }
  for (const [nodeId, type] of Object.entries(answer.types ?? {})) assign[nodeId] = { ...assign[nodeId], type };
  return { assign: assign as AnswerEffects['assign'] };
}

function foldSkips(byNode: Readonly<Record<string, string>>): Skips[] {
  const byReason = Map.groupBy(Object.keys(byNode), (nodeId) => byNode[nodeId] as string);
  return [...byReason].map(([reason, nodeIds]) => ({ reason, nodeIds }));
}
