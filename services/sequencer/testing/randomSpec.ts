import { operationSpecSchema, type OperationSpec, type WrittenOperation } from '../../../core/model/operationSpec.ts';

/** A source of numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** A number from `least` to `most`. */
export const from = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
export const chance = (random: Random, share: number): boolean => random() < share;
export const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

/** Any operation: a selection, some questions, phases of work that may go by waves, a report, perhaps a way back. */
export function randomSpec(random: Random): OperationSpec {
  const work = (id: string, irreversible: boolean): WrittenOperation['phases'][number]['steps'][number] => ({
    id,
    title: id,
    help: id,
    use: 'work',
    policy: {
      readOnly: chance(random, 0.2),
      irreversible,
      touchesService: chance(random, 0.3),
      needsOne: chance(random, 0.2),
      ...(chance(random, 0.3) ? { ignoredGoOn: 'all' as const } : {}),
      ...(chance(random, 0.2) ? { nodesAtOnce: from(random, 1, 3) } : {}),
    },
  });
  const ask = (id: string): WrittenOperation['phases'][number]['steps'][number] => ({
    id,
    title: id,
    help: id,
    use: 'ask',
  });
  const change = Array.from({ length: from(random, 1, 3) }, (_, i) => work(`change-${i + 1}`, true));
  return operationSpecSchema.parse({
    id: 'simulated',
    version: 1,
    title: 'Simulated',
    purpose: 'To find faults.',
    settings: {
      nodesAtOnce: { type: 'integer', default: 64, least: 1, most: 1024, help: 'at once' },
      stopAt: { type: 'failures', optional: true, help: 'stops at' },
    },
    phases: [
      {
        id: 'prepare',
        title: 'Prepare',
        steps: [ask('select'), ...(chance(random, 0.5) ? [work('read', false)] : []), ask('waves'), ask('plan')],
      },
      { id: 'bring', title: 'Bring', steps: [work('bring', false)] },
      { id: 'change', title: 'Change', perWave: chance(random, 0.7), gate: { use: 'gate' }, steps: change },
      {
        id: 'end',
        title: 'End',
        steps: [work('check', false), { id: 'report', title: 'Report', help: 'r', use: 'report' }],
      },
    ],
    exit: chance(random, 0.5) ? (change.at(-1)?.id ?? 'check') : undefined,
    rollback: chance(random, 0.6) ? [work('undo-1', false), work('undo-2', false)] : [],
  } satisfies WrittenOperation);
}
