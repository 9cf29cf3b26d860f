import { PutError } from '../protocol/errors.ts';
import { instantMs } from './instant.ts';

/** Settings that say when a job may begin to change nodes; each an instant. */
export interface RunWindow {
  readonly notBefore?: string | undefined;
  readonly notAfter?: string | undefined;
}

const asInstant = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The time in which a job may begin to change nodes, of its settings; undefined where they say nothing of it. */
export function runWindowOfSettings(settings: Readonly<Record<string, unknown>> = {}): RunWindow | undefined {
  const [notBefore, notAfter] = [asInstant(settings['notBefore']), asInstant(settings['notAfter'])];
  return notBefore === undefined && notAfter === undefined ? undefined : { notBefore, notAfter };
}

/** Whether two times in which a job may begin are the same. */
export function isSameWindow(a: RunWindow, b: RunWindow): boolean {
  return a.notBefore === b.notBefore && a.notAfter === b.notAfter;
}

/** `2026-11-27 00:00:00 UTC`. */
export const instantText = (instant: string): string => instant.replace('T', ' ').replace('Z', ' UTC');

/** `not before 2026-11-27 00:00:00 UTC, not after 2026-11-27 03:00:00 UTC`, or `at any time`. */
export function windowText({ notBefore, notAfter }: RunWindow): string {
  const parts = [
    ...(notBefore === undefined ? [] : [`not before ${instantText(notBefore)}`]),
    ...(notAfter === undefined ? [] : [`not after ${instantText(notAfter)}`]),
  ];
  return parts.length === 0 ? 'at any time' : parts.join(', ');
}

/** Why a time never comes: it ends before it begins, or is over at `nowMs`. Undefined: it does. */
export function windowFault({ notBefore, notAfter }: RunWindow, nowMs: number): 'ends-before' | 'over' | undefined {
  if (notAfter === undefined) return undefined;
  if (notBefore !== undefined && instantMs(notAfter) <= instantMs(notBefore)) return 'ends-before';
  return instantMs(notAfter) <= nowMs ? 'over' : undefined;
}

/**
 * Refuses a time that never comes: one that ends before it begins, or, where `nowMs` is known, is over already.
 * @throws PutError input-invalid naming the setting
 */
export function requireRunWindow(settings: Readonly<Record<string, unknown>>, nowMs = -Infinity): void {
  const window = runWindowOfSettings(settings) ?? {};
  const { notBefore = '', notAfter = '' } = window;
  const fault = windowFault(window, nowMs);
  if (fault === undefined) return;
  const what = fault === 'over' ? `${notAfter} is over` : `${notAfter} is not after notBefore, ${notBefore}`;
  throw new PutError('input-invalid', `settings.notAfter: ${what}`, { place: 'settings.notAfter' });
}
