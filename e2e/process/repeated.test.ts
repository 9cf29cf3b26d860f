import { expect, it } from 'vitest';
import { seenOf, type TimelineEntry } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { CuttingProxy } from '../support/CuttingProxy.ts';
import { startInstall } from '../support/installDriver.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { uploadSamples } from '../support/samples.ts';

/** The head of a job once it fits. */
function jobWhen(client: PutClient, jobId: string, fits: (view: JobHead) => boolean): Promise<JobHead> {
  return new Promise((resolve, reject) => {
    const watch = client.watchState<JobHead>(
      `job:${jobId}`,
      (view) => {
        if (!fits(view)) return;
        watch.close();
        resolve(view);
      },
      reject,
    );
  });
}

function timeline(client: PutClient): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const texts: string[] = [];
    const watch = client.watchLog<TimelineEntry>(
      'timeline',
      0,
      (entries, _last, more) => {
        texts.push(...entries.map((entry) => entry.text));
        if (more) return;
        watch.close();
        resolve(texts);
      },
      reject,
    );
  });
}

it('does once what was asked, although putservices is killed between the deed and its answer', async () => {
  let system = await PracticeSystem.start({ nodes: 4, speed: 'max' });
  const { host, ccPort } = system.target;
  const line = await CuttingProxy.start({ host, port: ccPort });
  const looks = await system.signIn({ clientSystem: 'another' });
  const asks = system.createClient({ port: line.port });
  try {
    await asks.signIn({ user: system.user, password: system.password });
    await uploadSamples(looks);
    const jobId = await startInstall(looks);
    const first = await jobWhen(asks, jobId, (view) => view.state === 'input');
    await asks.request('job.setAnswers', {
      jobId,
      seen: seenOf(first),
      answers: { mode: 'custom' },
      acceptPlan: false,
    });
    const atPlan = await jobWhen(asks, jobId, (view) => view.currentStep === 'plan' && view.state === 'input');

    // The request reaches the master, nothing that it says reaches the one who asks.
    line.holdAnswers();
    const deed = jobWhen(looks, jobId, (view) => view.currentStep === 'waves');
    const request = { jobId, seen: seenOf(atPlan) };
    const answer = asks.request('job.back', request);
    await deed;
    system = await system.killAndRestart();
    asks.retryNow();
    looks.retryNow();
    await answer;
    expect(await jobWhen(looks, jobId, () => true)).toMatchObject({ currentStep: 'waves', state: 'input' });

    // Once more by hand, as a new call: the master knows it all the same.
    await asks.request('job.back', request);
    expect((await jobWhen(asks, jobId, () => true)).currentStep).toBe('waves');
    const told = await timeline(asks);
    expect(told.filter((text) => text.startsWith('went back'))).toEqual(['went back to Waves']);
  } finally {
    await asks.close();
    await looks.close();
    await line.stop();
    await system.stop();
  }
});
