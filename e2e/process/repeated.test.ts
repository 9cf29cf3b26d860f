import { expect, it } from 'vitest';
import { seenOf, type JobView } from '../../core/model/job.ts';
import type { TimelineEntry } from '../../core/model/job.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { startInstall } from '../support/installDriver.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { uploadSamples } from '../support/samples.ts';

/** The view of a job once it fits. */
function jobWhen(client: PutClient, jobId: string, fits: (view: JobView) => boolean): Promise<JobView> {
  return new Promise((resolve, reject) => {
    const watch = client.watchState<JobView>(
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
  const [asks, looks] = [await system.signIn(), await system.signIn({ clientSystem: 'another' })];
  try {
    await uploadSamples(asks);
    const jobId = await startInstall(asks);
    const answers = { mode: 'custom' as const };
    const first = await jobWhen(asks, jobId, (view) => view.state === 'input');
    await asks.request('job.setAnswers', { jobId, seen: seenOf(first), answers, acceptPlan: false });
    const atPlan = await jobWhen(asks, jobId, (view) => view.currentStep === 'plan' && view.state === 'input');

    // The one who looks on sees the deed; the one who asks has its answer stopped on the way by the kill.
    const deed = jobWhen(looks, jobId, (view) => view.currentStep === 'spool-area');
    system.process.kill('SIGSTOP');
    const answer = asks.request('job.back', { jobId, seen: seenOf(atPlan) });
    system.process.kill('SIGCONT');
    await deed;
    system = await system.killAndRestart();
    asks.retryNow();
    looks.retryNow();
    await answer;
    const after = await jobWhen(looks, jobId, (view) => view.eventNumber > atPlan.eventNumber);
    expect(after).toMatchObject({ currentStep: 'spool-area', state: 'input' });

    // Whatever the client had heard by then: the same request again, by hand, does nothing either.
    await asks.request('job.back', { jobId, seen: seenOf(atPlan) });
    expect((await jobWhen(asks, jobId, () => true)).currentStep).toBe('spool-area');
    const told = await timeline(asks);
    expect(told.filter((text) => text.startsWith('went back'))).toEqual(['went back to Select Spool Area']);
  } finally {
    await asks.close();
    await looks.close();
    await system.stop();
  }
});
