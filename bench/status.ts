import { fileURLToPath } from 'node:url';
import { numberOption, percentile, rounded, type Benchmark } from './benchmark.ts';
import { startLineSystem } from '../e2e/support/lineSystem.ts';
import { NamespaceWorker } from '../lab/NamespaceWorker.ts';

/*
 * How old the status shown is while many nodes change state and an upload runs on a slow, lossy line. A cell carries the
 * master's time of its change; both ends share this machine's clock.
 */

const NODES = 500;
const SECONDS = 300;
const LINE = { delayMs: 150, bitsPerSecond: 56_000, lossPercent: 1 } as const;
const BAR_AGE_S = 2;
const BAR_UPLOAD = 0.85;
const WORKER = fileURLToPath(new URL('./support/statusWorker.ts', import.meta.url));

export interface StatusResult {
  readonly nodes: number;
  readonly seconds: number;
  readonly changes: number;
  readonly ageP50Seconds: number;
  readonly ageP95Seconds: number;
  /** File bytes stored, of what the line carries without the share that it loses; heads of TCP and TLS count against it. */
  readonly uploadShareOfLine: number;
  /** Everything that went from master to client, acknowledgements included. */
  readonly bytesStatus: number;
  readonly views: number;
  /** Jobs that were watched, one after the other. */
  readonly jobs: number;
  /** From the first byte dialled to the whole picture of the job, the sign-in included. */
  readonly pictureSeconds: number;
}

export const benchmark: Benchmark<StatusResult> = {
  about: 'age of the status shown of 500 nodes during an upload at 56 kbit/s, 150 ms, 1 % loss',
  options: {
    nodes: `practice nodes (${NODES})`,
    seconds: `how long it is measured (${SECONDS})`,
    speed: 'how many times faster than real the nodes work (1)',
  },

  async run(run) {
    const nodes = numberOption(run, 'nodes', NODES);
    const seconds = numberOption(run, 'seconds', SECONDS);
    const place = await startLineSystem({}, { nodes, speed: numberOption(run, 'speed', 1) });
    const { line, system } = place;
    let master: NamespaceWorker | undefined;
    let client: NamespaceWorker | undefined;
    try {
      master = await NamespaceWorker.start(line.masterNamespace, WORKER);
      client = await NamespaceWorker.start(line.clientNamespace, WORKER);
      const { target, user, password } = system;
      await master.call('drive', { target, user, password });
      run.say(`${nodes} nodes at work`);
      line.set(LINE);
      const before = line.counts.bytes[1];
      const seen = await client.call<{
        ages: number[];
        uploadedBytes: number;
        measuredSeconds: number;
        views: number;
        jobs: number;
        pictureSeconds: number;
      }>('watch', { target, user, password, seconds });
      const ages = seen.ages.map((ms) => ms / 1000);
      const carried = (LINE.bitsPerSecond / 8) * (1 - LINE.lossPercent / 100) * seen.measuredSeconds;
      return {
        nodes,
        seconds,
        changes: ages.length,
        ageP50Seconds: rounded(percentile(ages, 0.5)),
        ageP95Seconds: rounded(percentile(ages, 0.95)),
        uploadShareOfLine: rounded(seen.uploadedBytes / carried),
        bytesStatus: line.counts.bytes[1] - before,
        views: seen.views,
        jobs: seen.jobs,
        pictureSeconds: rounded(seen.pictureSeconds),
      };
    } finally {
      await client?.stop();
      await master?.stop();
      await place.stop();
    }
  },

  lines: (result) => [
    `${result.nodes} nodes, ${result.seconds} s, ${result.changes} changes in ${result.views} views: age ${result.ageP50Seconds} s (p50), ${result.ageP95Seconds} s (p95)`,
    `first whole picture after ${result.pictureSeconds} s, sign-in included; ${result.jobs} jobs one after the other`,
    `upload ${(result.uploadShareOfLine * 100).toFixed(0)} % of the line; ${result.bytesStatus} bytes from the master`,
  ],

  passed: (result) => result.changes > 0 && result.ageP95Seconds < BAR_AGE_S && result.uploadShareOfLine > BAR_UPLOAD,
};
