import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileClient } from '../../core/client/FileClient.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { seenOf } from '../../core/model/job.ts';
import { jobTopic, type JobHead, type PlanPart } from '../../core/model/jobParts.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { buildDiaryPackages } from '../support/diaryPackages.ts';
import { driveJob, readNow, startInstall } from '../support/installDriver.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';

/*
 * Packages that are signed, are not, or by a key that the node does not know, as real rpm judges them on a real node.
 */

const missing =
  whyNoLab() ?? ['gpg', 'gpg-agent', 'rpmsign'].find((command) => spawnSync(command, ['--version']).error);

describe.skipIf(missing !== undefined)('signatures of packages', () => {
  let folder: string;
  let lab: Lab;
  let system: PracticeSystem;
  let client: PutClient;
  /** Files of the agent by version: `2` and `5` bear no signature, `3` one of a stranger, `4` one of the site. */
  const files: Record<string, string> = {};

  const gpg = (...words: string[]): Buffer =>
    execFileSync('gpg', ['--homedir', folder, '--batch', '--quiet', ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  const sign = (file: string, name: string): void => {
    const macros = { _gpg_path: folder, _gpg_name: name, __gpg: '/usr/bin/gpg' };
    const defines = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
    execFileSync('rpmsign', [...defines, '--addsign', file], { stdio: 'pipe' });
  };
  const bring = async (nodeId: string, bytes: Buffer, script: string): Promise<void> => {
    const done = await lab.run(nodeId, `echo ${bytes.toString('base64')} | base64 -d >/tmp/brought && ${script}`);
    expect(done.status, done.output).toBe(0);
  };

  beforeAll(async () => {
    // Short: gpg talks to its agent by a socket there.
    folder = mkdtempSync(join(tmpdir(), 'put-gpg-'));
    for (const name of ['site', 'stranger'])
      gpg('--passphrase', '', '--quick-gen-key', `${name} <${name}@example.com>`, 'rsa2048', 'sign');
    for (const version of ['1', '2', '3', '4', '5']) files[version] = buildDiaryPackages(folder, version)[0] ?? '';
    sign(files['3'] ?? '', 'stranger');
    sign(files['4'] ?? '', 'site');
    lab = await Lab.up({ nodes: 1 });
    const [{ nodeId } = { nodeId: '' }] = lab.nodes;
    await bring(nodeId, gpg('--armor', '--export', 'site'), 'rpmkeys --import /tmp/brought');
    await bring(nodeId, readFileSync(files['1'] ?? ''), 'rpm -i --force-debian --nosignature /tmp/brought 2>/dev/null');
    const configFile = join(folder, 'Config');
    writeFileSync(configFile, 'SIGNATURES=required\n');
    system = await PracticeSystem.start({
      configFile,
      real: { nodesFile: join(lab.folder, 'nodes.yaml'), keyFile: lab.keyFile },
    });
    client = await system.signIn();
    const uploads = new FileClient(client, createSystemClock());
    for (const version of ['2', '3', '4', '5'])
      await uploads.upload(await openFileSource(files[version] ?? ''), () => {}).done;
    uploads.close();
  });
  afterAll(async () => {
    await client?.close();
    await system?.stop();
    await lab?.down();
    execFileSync('gpgconf', ['--homedir', folder, '--kill', 'all'], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  });

  async function upgradeTo(version: string): Promise<{ jobId: string; head: JobHead }> {
    const jobId = await startInstall(client);
    const head = await driveJob(client, jobId, { plan: { packages: [basename(files[version] ?? '')] } });
    return { jobId, head };
  }

  it('are required unless they are switched off by name, which the plan says', async () => {
    const [{ nodeId } = { nodeId: '' }] = lab.nodes;
    for (const [version, code] of [
      ['2', 'signature-missing'],
      ['3', 'signature-unknown'],
    ] as const) {
      const { jobId, head } = await upgradeTo(version);
      expect(head).toMatchObject({ state: 'attention', currentStep: 'test' });
      expect(head.attention).toMatchObject([{ cause: { code }, first: [nodeId] }]);
      // Nothing was stopped for it.
      expect((await lab.run(nodeId, 'systemctl is-active practice-db')).output).toBe('active');
      await client.request('job.cancel', { jobId, seen: seenOf(head), choice: 'exit' });
      await driveJob(client, jobId);
    }
    const { head, jobId } = await upgradeTo('4');
    expect([head.state, head.attention]).toEqual(['succeeded', []]);
    expect((await lab.run(nodeId, 'rpm -q night-agent')).output).toBe('night-agent-4-1.noarch');
    const { plan } = await readNow<PlanPart>(client, jobTopic(jobId, 'plan'));
    expect(JSON.stringify(plan)).not.toContain('digests-only');
  });

  it('are not asked for where the Config file says so', async () => {
    writeFileSync(join(folder, 'Config'), 'SIGNATURES=digests-only\n');
    system = await system.killAndRestart();
    client.retryNow();
    const { jobId, head } = await upgradeTo('5');
    expect(head).toMatchObject({ state: 'succeeded', settings: { signatures: 'digests-only' } });
    for (const part of ['plan', 'report'] as const)
      expect(JSON.stringify(await readNow(client, jobTopic(jobId, part))), part).toContain('SIGNATURES=digests-only');
  });
});
