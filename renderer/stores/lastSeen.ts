import type { ShownTopic, SystemView, WorkbenchState } from '../../electron/contract/bridge.ts';

/** Something that a view watched and that no view watches any more, as it was then. */
export interface SeenThen {
  readonly value: object;
  /** By this machine's clock: how old it is at least. */
  readonly atMs: number;
}

/**
 * By system, then by what it is (`nodes`, `ports`, a job's id, `<job id>/<part>`), the latest last: for views that are opened while there is no line. What
 * was never watched is not in it.
 */
export type LastSeen = Readonly<Record<string, Readonly<Record<string, SeenThen>>>>;

/** Parts of jobs of one system; those that were left longest ago go. */
const MOST_PARTS = 20;

const EACH_TOPIC: Readonly<Record<ShownTopic, true>> = { nodes: true, ports: true };
const TOPICS = Object.keys(EACH_TOPIC) as readonly ShownTopic[];
const isTopic = (key: string): key is ShownTopic => Object.hasOwn(EACH_TOPIC, key);
const NOTHING: Readonly<Record<string, SeenThen>> = {};

/** What is watched of a system, under the names of `LastSeen`. */
function* watchedOf(system: SystemView): Iterable<readonly [key: string, value: object]> {
  for (const topic of TOPICS) {
    const value = system[topic];
    if (value) yield [topic, value];
  }
  yield* Object.entries(system.openJobs);
  yield* Object.entries(system.jobParts);
}

const isWatched = (system: SystemView, key: string): boolean =>
  isTopic(key) ? system[key] !== undefined : key in system.openJobs || key in system.jobParts;

/** Whether something of it can have been left between two pictures, at the cost of four comparisons. */
const sameWatched = (a: SystemView, b: SystemView): boolean =>
  a.openJobs === b.openJobs &&
  a.jobParts === b.jobParts &&
  TOPICS.every((topic) => a[topic] === b[topic] || (a[topic] && b[topic]));

function seenOfSystem(
  kept: Readonly<Record<string, SeenThen>> = NOTHING,
  before: SystemView,
  after: SystemView | undefined,
  nowMs: number,
): Readonly<Record<string, SeenThen>> {
  // Who signs out leaves nothing behind.
  if (!after || after.session.kind === 'signed-out') return NOTHING;
  if (sameWatched(before, after)) return kept;
  let next: Record<string, SeenThen> | undefined;
  const atMs = before.heardAtMs ?? nowMs;
  for (const [key, value] of watchedOf(before)) {
    if (isWatched(after, key)) continue;
    next ??= { ...kept };
    delete next[key];
    next[key] = { value, atMs };
  }
  if (!next) return kept;
  const parts = Object.keys(next).filter((key) => !isTopic(key));
  for (const key of parts.slice(0, -MOST_PARTS)) delete next[key];
  return next;
}

/** What was last seen, after the picture changed. Walks only what the windows watch. */
export function noteSeen(
  kept: LastSeen,
  before: WorkbenchState | undefined,
  after: WorkbenchState,
  nowMs: number,
): LastSeen {
  if (!before || before.systems === after.systems) return kept;
  let next = kept;
  for (const [systemId, system] of Object.entries(before.systems)) {
    const now = after.systems[systemId];
    if (now === system) continue;
    const seen = seenOfSystem(kept[systemId], system, now, nowMs);
    if (seen !== (kept[systemId] ?? NOTHING)) next = { ...next, [systemId]: seen };
  }
  return next;
}

/** What a window knows of systems. */
interface Known {
  readonly picture: WorkbenchState | undefined;
  readonly lastSeen: LastSeen;
}

/** Whether what is so now is told to this window: there is a line, and what has the line is heard. */
export const isTold = ({ session, heardAtMs }: SystemView): boolean =>
  session.kind === 'online' && heardAtMs === undefined;

/** What is shown of a key that the picture does not have; undefined while what is so now is told. */
export function seenThen({ picture, lastSeen }: Known, systemId: string, key: string): SeenThen | undefined {
  const system = picture?.systems[systemId];
  if (!system || isTold(system) || isWatched(system, key)) return undefined;
  return lastSeen[systemId]?.[key];
}

const merged = new WeakMap<SystemView, { readonly of: unknown; readonly system: SystemView }>();

/** A system with what was last seen of it in the place of what cannot be read; the same object for the same. */
export function withLastSeen(known: Known, systemId: string): SystemView | undefined {
  const system = known.picture?.systems[systemId];
  const of = known.lastSeen[systemId];
  if (!system || !of || isTold(system)) return system;
  const before = merged.get(system);
  if (before?.of === of) return before.system;
  const values = TOPICS.flatMap((topic) => {
    const then = seenThen(known, systemId, topic);
    return then ? [[topic, then.value] as const] : [];
  });
  const made = values.length === 0 ? system : { ...system, ...(Object.fromEntries(values) as Partial<SystemView>) };
  merged.set(system, { of, system: made });
  return made;
}
