import { describe, expect, it } from 'vitest';
import { whyNoSshd } from '../e2e/support/sshServer.ts';
import { whyNoNamespaces } from '../lab/namespaces.ts';
import type { BenchmarkRun } from './benchmark.ts';
import { benchmark as connect } from './connect.ts';
import { benchmark as status } from './status.ts';

const missing = whyNoNamespaces() ?? whyNoSshd();
const quietly = (options: BenchmarkRun['options']): BenchmarkRun => ({ options, say: () => {} });

describe.skipIf(missing !== undefined)(
  `benchmarks over an emulated line${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('connect measures both sides', { timeout: 120_000 }, async () => {
      const result = await connect.run(quietly({ repetitions: '1', lines: '1' }));
      expect(result.lines).toHaveLength(1);
      const [line] = result.lines;
      expect(line).toMatchObject({ name: '25 ms, 10 Mbit/s', repetitions: 1 });
      // TCP and TLS alone are two round trips of 50 ms, and a certificate is some hundred bytes.
      expect(line?.oursSeconds).toBeGreaterThan(0.1);
      expect(line?.sshSeconds).toBeGreaterThan(0.1);
      expect(line?.bytes).toBeGreaterThan(1_000);
      expect(line?.sshBytes).toBeGreaterThan(1_000);
      expect(connect.lines(result).length).toBeGreaterThan(1);
      await expect(connect.run(quietly({ lines: '9' }))).rejects.toMatchObject({ code: 'usage' });
    });

    // Long enough for the steps of a job: only the cells of the current one are watched, as a window does.
    it('status sees changes while bytes are stored', { timeout: 120_000 }, async () => {
      const result = await status.run(quietly({ nodes: '20', seconds: '12', speed: '2' }));
      expect(result.changes).toBeGreaterThan(0);
      expect(result.ageP95Seconds).toBeGreaterThanOrEqual(result.ageP50Seconds);
      expect(result.uploadShareOfLine).toBeGreaterThan(0);
      expect(result.bytesStatus).toBeGreaterThan(0);
    });
  },
);
