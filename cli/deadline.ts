import { formatDurationMs } from '../core/model/duration.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { CommandHost } from './CommandHost.ts';

/** Runs work that stops as at Ctrl-C once the time is over, and then rejects with `command-timeout`; without a time it has no end. */
export async function withDeadline<T>(
  host: CommandHost,
  timeoutMs: number | undefined,
  work: (host: CommandHost) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return work(host);
  const late = new AbortController();
  const stopTimer = host.clock.setTimer(timeoutMs, () => {
    const text = `not done within ${formatDurationMs(timeoutMs)} (--timeout)`;
    late.abort(new PutError('command-timeout', text, { timeoutMs }));
  });
  const stop = AbortSignal.any([host.stop, late.signal]);
  try {
    return await work({
      terminal: host.terminal,
      clock: host.clock,
      random: host.random,
      env: host.env,
      systemsFile: host.systemsFile,
      keptSignIns: host.keptSignIns,
      practiceReadyFile: host.practiceReadyFile,
      samplesFolder: host.samplesFolder,
      rendererFolder: host.rendererFolder,
      servicesEntry: host.servicesEntry,
      version: host.version,
      stop,
      signIn: (how) => host.signIn(how),
    });
  } finally {
    stopTimer();
  }
}
