import { PutError } from '../../core/protocol/errors.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { NamespaceWorker } from '../../lab/NamespaceWorker.ts';
import type { BenchmarkRun } from '../benchmark.ts';

/**
 * Measures with a lab of so many nodes, and with a worker inside its network, which has a task `end`; both are over afterwards.
 * @throws PutError usage where there can be no lab
 */
export async function inLab<Result>(
  run: BenchmarkRun,
  nodes: number,
  workerFile: string,
  measure: (lab: Lab, worker: NamespaceWorker) => Promise<Result>,
): Promise<Result> {
  const why = whyNoLab();
  if (why !== undefined) throw new PutError('usage', `the benchmark needs a lab: ${why}`);
  const lab = await Lab.up({ nodes, python: true, say: (line) => run.say(line) });
  const worker = await NamespaceWorker.start(lab.enter, workerFile);
  try {
    return await measure(lab, worker);
  } finally {
    await worker.call('end', {}).catch(() => {});
    await worker.stop();
    await lab.down();
  }
}
