import { describe, expect, it } from 'vitest';
import { createWatches } from './watches.ts';

describe('the watches of a window', () => {
  it('are opened again on a new line, each as often as it is open', async () => {
    const asked: unknown[][] = [];
    const watches = createWatches({
      invoke: (method, params) => {
        asked.push([method, params]);
        return Promise.resolve({ ok: true, value: {} }) as never;
      },
    });
    const job = { kind: 'job', systemId: 's', jobId: 'j' } as const;
    const part = { ...job, part: 'plan' } as const;
    await watches.open(job);
    await watches.open(part);
    await watches.open(part);
    await watches.open({ kind: 'topic', systemId: 's', topic: 'ports' });
    await watches.close({ kind: 'topic', systemId: 's', topic: 'ports' });
    await watches.close(part);
    asked.length = 0;
    watches.openAgain();
    expect(asked).toEqual([
      ['job.open', { systemId: 's', jobId: 'j' }],
      ['job.open', { systemId: 's', jobId: 'j', part: 'plan' }],
    ]);
  });
});
