/** Longest that work on a practice node may take, in ms, by step kind: it takes seconds. */
const PRACTICE_DEADLINES_MS: Readonly<Record<string, number>> = {
  facts: 30_000,
  'put-files': 300_000,
  service: 60_000,
  'rpm-test': 120_000,
  'rpm-install': 180_000,
  'rpm-back': 180_000,
  'switch-versions': 60_000,
  reboot: 300_000,
  guard: 60_000,
  validate: 60_000,
  'health-gate': 60_000,
};

/** What a practice system has for all jobs: its packages have no signature. */
export const PRACTICE_SETTINGS: Readonly<Record<string, unknown>> = { signatures: 'digests-only' };

/** No deadline of a faster practice system is shorter. */
const SHORTEST_DEADLINE_MS = 20_000;

/** A system that works faster waits less for what hangs, but never so little that a loaded machine is taken for a hanging node. */
export function practiceDeadlines(durationFactor: number): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(PRACTICE_DEADLINES_MS).map(([kind, usualMs]) => [
      kind,
      Math.min(usualMs, Math.max(SHORTEST_DEADLINE_MS, usualMs * durationFactor)),
    ]),
  );
}

/** Limits of work on practice nodes; on a faster system silent work is shown as such sooner too. */
export function practiceLimits(durationFactor: number): {
  readonly byKind: Readonly<Record<string, number>>;
  readonly silenceToldMs: number;
} {
  return {
    byKind: practiceDeadlines(durationFactor),
    silenceToldMs: Math.min(30_000, Math.max(5_000, 30_000 * durationFactor)),
  };
}
