import type { PutClient } from '../../core/client/PutClient.ts';
import { jobTopic, type PlanPart } from '../../core/model/jobParts.ts';
import type { KnownFacts } from '../../core/model/knownFacts.ts';
import { readNow } from './installDriver.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';

const DEADLINE_MS = 30_000;

/** The first state of a topic that fits. */
export function stateWhere<T extends object>(
  client: PutClient,
  topic: string,
  fits: (state: T) => boolean,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`topic ${topic} did not get there in time`)), DEADLINE_MS);
    const watch = client.watchState<T>(
      topic,
      (state) => {
        if (!fits(state)) return;
        clearTimeout(timer);
        setImmediate(() => watch.close());
        resolve(state);
      },
      reject,
    );
  });
}

/** Reads the nodes of an ended job anew; answers planned packages found at their version, and the others by name. */
export async function readBackPlan(client: PutClient, jobId: string): Promise<{ ok: number; wrong: string[] }> {
  await client.request('nodes.refresh', {});
  const { plan } = await readNow<PlanPart>(client, jobTopic(jobId, 'plan'));
  const planned = Object.entries(plan?.nodes ?? {});
  let ok = 0;
  const wrong: string[] = [];
  for (const [nodeId, changes] of planned) {
    const { facts }: KnownFacts = await client.request('nodes.facts', { nodeId });
    for (const { packageName, to } of changes) {
      const versions = (facts.packages ?? []).filter((pkg) => pkg.name === packageName).map(formatEvr);
      if (versions.includes(to)) ok++;
      else wrong.push(`${nodeId}: ${packageName} is ${versions.join(', ') || 'absent'}, not ${to}`);
    }
  }
  return { ok, wrong };
}
