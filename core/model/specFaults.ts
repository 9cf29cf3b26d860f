import { isConditionFault, parseCondition, pathsOf, type ConditionPath } from './condition.ts';
import type { SettingSpec } from './settingSpec.ts';

/** What is wrong at a place of a spec; `path` as in the document. */
export interface SpecFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** As much of a spec as its parts are compared by; what could not be read is left out, so that the rest is judged all the same. */
export interface SpecOutline {
  readonly phases: readonly { readonly id?: string | undefined; readonly steps: readonly StepOutline[] }[];
  readonly rollback: readonly StepOutline[];
  readonly settings: Readonly<Record<string, SettingSpec | undefined>>;
  readonly exit?: string | undefined;
}

export interface StepOutline {
  readonly id?: string | undefined;
  readonly when?: string | undefined;
  readonly policy: { readonly ignoredGoOn?: 'all' | readonly string[] | undefined };
}

interface PlacedStep {
  readonly step: StepOutline;
  readonly path: readonly (string | number)[];
}

/** Steps in their order, the rollback's last. */
function placedSteps(spec: SpecOutline): PlacedStep[] {
  return [
    ...spec.phases.flatMap((phase, p) => phase.steps.map((step, s) => ({ step, path: ['phases', p, 'steps', s] }))),
    ...spec.rollback.map((step, s) => ({ step, path: ['rollback', s] })),
  ];
}

/** What no single part shows: names that stand twice, conditions on what does not exist or comes later. */
export function specFaults(spec: SpecOutline): SpecFault[] {
  const faults: SpecFault[] = [];
  const steps = placedSteps(spec);
  const order = new Map<string, number>();
  for (const [at, { step, path }] of steps.entries()) {
    if (step.id === undefined) continue;
    const first = order.get(step.id);
    if (first === undefined) order.set(step.id, at);
    else
      faults.push({ path: [...path, 'id'], message: `step ${step.id} stands there twice; give this one another id` });
  }
  const phases = new Set<string>();
  for (const [at, { id }] of spec.phases.entries()) {
    if (id === undefined) continue;
    if (phases.has(id)) faults.push({ path: ['phases', at, 'id'], message: `phase ${id} stands there twice` });
    phases.add(id);
  }
  if (spec.exit !== undefined && !order.has(spec.exit)) {
    faults.push({ path: ['exit'], message: `there is no step ${spec.exit}` });
  }
  for (const [at, { step, path }] of steps.entries()) {
    const { ignoredGoOn } = step.policy;
    if (ignoredGoOn === undefined || ignoredGoOn === 'all') continue;
    for (const [i, id] of ignoredGoOn.entries()) {
      const named = order.get(id);
      const place = [...path, 'policy', 'ignoredGoOn', i];
      if (named === undefined) faults.push({ path: place, message: `there is no step ${id}` });
      else if (named <= at)
        faults.push({ path: place, message: `${id} does not come later; name steps after this one` });
    }
  }
  for (const [name, setting] of Object.entries(spec.settings)) {
    const why = setting && settingFault(setting);
    if (why !== undefined) faults.push({ path: ['settings', name, 'default'], message: why });
  }
  const asks = steps.map(({ step }) => namesAsked(step));
  const cycles = new Cycles(steps, asks);
  for (const [at, { path }] of steps.entries()) {
    for (const asked of asks[at] ?? []) {
      const why = nameFault(asked, at, steps, order, spec.settings, cycles);
      if (why !== undefined) faults.push({ path: [...path, 'when'], message: why });
    }
  }
  return faults;
}

function settingFault(setting: SettingSpec): string | undefined {
  if (setting.default === undefined) return setting.optional ? undefined : 'give a default, or say optional: true';
  if (setting.type === 'integer' && (setting.default < setting.least || setting.default > setting.most)) {
    return `${setting.default} is not from ${setting.least} to ${setting.most}`;
  }
  if (setting.type === 'choice' && !setting.of.includes(setting.default)) {
    return `${setting.default} is none of ${setting.of.join(', ')}`;
  }
  return undefined;
}

function nameFault(
  path: ConditionPath,
  at: number,
  steps: readonly PlacedStep[],
  order: ReadonlyMap<string, number>,
  settings: SpecOutline['settings'],
  cycles: Cycles,
): string | undefined {
  const name = path[1] ?? '';
  const asker = steps[at]?.step.id ?? '';
  if (path[0] === 'settings' && !Object.hasOwn(settings, name)) {
    return `there is no setting ${name}; there are ${Object.keys(settings).slice(0, 20).join(', ') || 'none'}`;
  }
  if (path[0] !== 'answers') return undefined;
  const answered = order.get(name);
  if (answered === undefined) return `there is no step ${name} whose answer could be asked for`;
  if (answered < at) return undefined;
  const cycle = cycles.from(asker);
  return cycle === undefined
    ? `the answer of ${name} is asked for before it is given: ${name} must come before ${asker}`
    : `the conditions go round in a circle: ${cycle.join(', then ')}`;
}

function namesAsked({ when }: StepOutline): ConditionPath[] {
  const read = when === undefined ? undefined : parseCondition(when);
  return read && !isConditionFault(read) ? pathsOf(read) : [];
}

/** Steps that wait for each other's answers. */
class Cycles {
  readonly #asks = new Map<string, readonly string[]>();
  readonly #cycleOf = new Map<string, readonly string[]>();

  constructor(steps: readonly PlacedStep[], asks: readonly (readonly ConditionPath[])[]) {
    for (const [at, { step }] of steps.entries()) {
      if (step.id === undefined || this.#asks.has(step.id)) continue;
      const names = (asks[at] ?? []).flatMap(([root, name]) =>
        root === 'answers' && name !== undefined ? [name] : [],
      );
      this.#asks.set(step.id, names);
    }
    const placeOnWay = new Map<string, number>();
    const over = new Set<string>();
    const way: string[] = [];
    const search = (id: string): void => {
      placeOnWay.set(id, way.length);
      way.push(id);
      for (const next of this.#asks.get(id) ?? []) {
        const begun = placeOnWay.get(next);
        if (begun !== undefined) this.#note(way.slice(begun));
        else if (!over.has(next)) search(next);
      }
      way.pop();
      placeOnWay.delete(id);
      over.add(id);
    };
    for (const id of this.#asks.keys()) if (!over.has(id)) search(id);
  }

  /** A circle that begins and ends with `from`. */
  from(from: string): string[] | undefined {
    const cycle = this.#cycleOf.get(from);
    const at = cycle?.indexOf(from) ?? 0;
    return cycle && [...cycle.slice(at), ...cycle.slice(0, at), from];
  }

  #note(cycle: readonly string[]): void {
    for (const id of cycle) if (!this.#cycleOf.has(id)) this.#cycleOf.set(id, cycle);
  }
}
