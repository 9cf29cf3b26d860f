import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl, type PutctlRun } from '../support/runPutctl.ts';
import { uploadSamples } from '../support/samples.ts';

const PUTCTL = join(import.meta.dirname, '../../cli/main.ts');

it('a canary whose gate fails goes back by putctl, and the other waves come through', async () => {
  const system = await PracticeSystem.start({ nodes: 8, speed: 'max' });
  try {
    const client = await system.signIn();
    await uploadSamples(client);
    await client.close();
    const { host, ccPort, fingerprint } = system.target;
    const put = (...args: string[]): Promise<PutctlRun> =>
      runPutctl(PUTCTL, [...args, '--host', host, '--cc-port', String(ccPort), '--fingerprint', fingerprint], {
        PUT_USER: system.user,
        PUT_PASSWORD: system.password,
      });
    await put('practice', 'fault', 'tpa-001', 'health-gate', 'fail');
    const run = await put('run', '--yes', '--canary', '1', '--waves', 'type', '--gate-service', 'practice-db');
    expect([run.code, run.out]).toEqual([2, expect.stringMatching(/Waves: 1 canary \(1 node\) running, 2 TPA/)]);
    expect(run.out).toMatch(/Health Gate: the service practice-db is not active .*\n +1 node: tpa-001/);
    const back = await put('rollback', '--wave', '1', '--yes', '--reason', 'the canary is sick');
    expect([back.code, back.out]).toEqual([
      2,
      expect.stringMatching(/The gate is held: every node of wave 1 went back/),
    ]);
    const done = await put('run', '--continue');
    expect([done.code, done.out]).toEqual([4, expect.stringMatching(/1 node went back to the versions before/)]);
  } finally {
    expect(await system.stop()).toBe(0);
  }
});
