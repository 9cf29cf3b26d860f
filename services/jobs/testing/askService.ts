import { seenOf, type JobView } from '../../../core/model/job.ts';
import { jobTopic, wholeJob, type JobHead, type JobPartName } from '../../../core/model/jobParts.ts';
import { METHODS, type MethodName } from '../../../core/protocol/methods.ts';
import type { Caller, FileCaller } from '../../service.ts';
import type { JobService } from '../JobService.ts';

/** A person signed in on a client system. */
export function callerNamed(user: string): FileCaller {
  return { sessionId: `s-${user}`, user, clientSystem: 'laptop', sendFileCredit: () => undefined };
}

/** A job put together of the parts that the service has. */
export function wholeJobOf(service: JobService, jobId: string): JobView {
  const part = (name?: JobPartName): object => {
    const topic = service.topic(jobTopic(jobId, name), callerNamed('ada'));
    if (topic?.kind !== 'state') throw new Error(`no topic ${jobTopic(jobId, name)}`);
    return topic.state();
  };
  return wholeJob(part() as JobHead, (name) => part(name) as never);
}

let requests = 0;

/** What a person who looks at this moment sees, where the request carries it. */
function seenNow(service: JobService, method: MethodName, params: object): object {
  const { repeat } = METHODS[method];
  if (repeat === 'id' && method.startsWith('practice.')) return { requestId: `r${++requests}` };
  if (repeat !== 'seen') return {};
  try {
    const topic = service.topic(`job:${(params as { jobId: string }).jobId}`, callerNamed('ada'));
    if (topic?.kind === 'state') return { seen: seenOf(topic.state() as JobHead) };
  } catch {
    // There is no such job: the request says so.
  }
  return { seen: { stepId: 'finished', attempt: 0, eventNumber: 0 } };
}

/**
 * A request as the session would pass it on, checked on the way in and out. Params that say what was seen, or name the request, are those
 * of a person who decides at this moment, unless they are given.
 */
export async function askService(
  service: JobService,
  method: MethodName,
  params: object,
  user = 'ada',
): Promise<Record<string, unknown>> {
  const handler = service.handlers[method] as (params: unknown, caller: Caller) => unknown;
  const checked = METHODS[method].params.parse({ ...seenNow(service, method, params), ...params });
  return METHODS[method].result.parse(await handler(checked, callerNamed(user)));
}

/** The job once it waits for a person or is over. */
export function settledJob(service: JobService, jobId: string): Promise<JobView> {
  const topic = service.topic(jobTopic(jobId), callerNamed('ada'));
  if (topic?.kind !== 'state') throw new Error(`there is no job ${jobId}`);
  return new Promise((resolve) => {
    let stop: () => void = () => undefined;
    const look = (): void => {
      const view = wholeJobOf(service, jobId);
      if (view.state === 'running') return;
      stop();
      resolve(view);
    };
    stop = topic.onChange(look);
    look();
  });
}
