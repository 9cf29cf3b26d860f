import { jobTopic, type JobHead } from '../../core/model/jobParts.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { uploadSamples } from '../../e2e/support/samples.ts';
import { createJobParts } from '../../services/jobs/jobParts.ts';
import type { JobRecord } from '../../services/jobs/jobRecord.ts';
import { TopicFeeds } from '../../services/sessions/TopicFeeds.ts';

/** Requests that are measured at most. */
const MOST_REQUESTS = 600;
const BETWEEN_REQUESTS_MS = 25;
const DEADLINE_MS = 300_000;

/** Bytes on the line until a window that opens the running job shows its step: head, the part of the step, nodes and cells. */
export async function viewBytes(record: JobRecord): Promise<number> {
  const source = { ...record, live: new Map<string, never>() };
  const parts = createJobParts(() => source);
  const step = parts.head().currentStep;
  const clock = createFakeClock();
  let bytes = 0;
  let sent = 0;
  const feeds = new TopicFeeds({
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    lane: {
      send: (body) => {
        bytes += Math.min(body.length, deflateCompression.compress(body).length);
        return (sent += 1);
      },
      acknowledged: () => sent,
      attached: () => true,
      pendingBytes: () => bytes,
    },
  });
  const shown = [parts.head, ...[`step:${step}`, 'nodes', `cells:${step}`].map((name) => parts.part(name))];
  for (const [at, state] of shown.entries()) {
    if (!state) throw new PutError('internal', `a part of the job is not there: ${at}`);
    const onChange = () => () => undefined;
    feeds.start(feeds.open(`part-${at}`, { kind: 'state', state, number: () => 1, onChange }, undefined));
  }
  await clock.advance(60_000);
  feeds.closeAll();
  return bytes;
}

/** How long small requests took, in ms, while a putservices of its own works on so many practice nodes; one after the other. */
export async function requestTimesMs(nodes: number): Promise<number[]> {
  const system = await PracticeSystem.start({ nodes, speed: 20 });
  try {
    const client = await system.signIn({ clientSystem: 'bench' });
    await uploadSamples(client);
    const jobId = 'measured';
    const operationId = 'install-upgrade-software';
    await client.request('job.start', { jobId, operationId, answers: {}, acceptPlan: true });
    let head: JobHead | undefined;
    const watch = client.watchState<JobHead>(
      jobTopic(jobId),
      (state) => (head = state),
      () => undefined,
    );
    const until = performance.now() + DEADLINE_MS;
    const times: number[] = [];
    while (times.length < MOST_REQUESTS && performance.now() < until) {
      if (head?.endedAtMs !== undefined || head?.state === 'input' || head?.state === 'attention') break;
      const step = head?.steps[head.currentStep];
      const works = (step?.counts?.running ?? 0) > 0;
      const before = performance.now();
      await client.request('operation.list', {});
      if (works) times.push(performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_REQUESTS_MS));
    }
    watch.close();
    await client.close();
    if (times.length === 0)
      throw new PutError('internal', `no request was made while nodes worked; the job is ${head?.state ?? 'unseen'}`);
    return times;
  } finally {
    await system.stop();
  }
}
