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

/**
 * Refuses a time that never comes: one that ends before it begins, or, where `nowMs` is known, is over already.
 * @throws PutError input-invalid naming the setting
 */
export function requireRunWindow(settings: Readonly<Record<string, unknown>>, nowMs = -Infinity): void {
  const { notBefore, notAfter } = runWindowOfSettings(settings) ?? {};
  if (notAfter === undefined) return;
  const fault = (message: string): PutError =>
    new PutError('input-invalid', `settings.notAfter: ${message}`, { place: 'settings.notAfter' });
  if (notBefore !== undefined && instantMs(notAfter) <= instantMs(notBefore)) {
    throw fault(`${notAfter} is not after notBefore, ${notBefore}`);
  }
  if (instantMs(notAfter) <= nowMs) throw fault(`${notAfter} is over`);
}
