import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileClient } from '../../core/client/FileClient.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { seenOf } from '../../core/model/job.ts';
import { jobTopic, type JobHead } from '../../core/model/jobParts.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { Lab, type LabOptions } from '../../lab/Lab.ts';
import { makeSiteState } from '../../lab/siteState.ts';
import { PRACTICE_SERVICE } from '../../services/nodes/sim/practiceInventory.ts';
import { buildDiaryPackages, DIARY, diaryOfUpgrade } from './diaryPackages.ts';
import { driveJob, readNow } from './installDriver.ts';
import { readBackPlan } from './installedVersions.ts';
import { PracticeSystem, REAL_ACCOUNT } from './practiceSystem.ts';

const TROUBLED = fileURLToPath(new URL('troubledServices.ts', import.meta.url));
/** Versions that a node has before, and after. */
const [FROM, TO] = ['1', '2'] as const;
/** Where nodes keep the files of before, to begin again. */
const KEPT = '/opt/night-kept';
/** The state folder is a file system of its own, so that it can be full. */
const STATE_MIB = 64;

export interface RealUpgradeOptions extends LabOptions {
  /** A nodes.yaml that leads to the nodes as the master reaches them; that of the lab unless given. */
  readonly nodesFile?: (lab: Lab) => Promise<string>;
}

export interface UpgradeRun {
  readonly onHead?: (head: JobHead) => void;
  /** Called before each Retry of what waits for a decision. */
  readonly beforeRetry?: (head: JobHead) => Promise<unknown>;
  /** What a person decides about what waits; Retry of all of it unless given. */
  readonly decide?: (head: JobHead) => Promise<unknown>;
  readonly mostRetries?: number;
  readonly deadlineMs?: number;
}

/**
 * An upgrade of real nodes that is given trouble: nodes of a lab with an agent and a kernel whose scriptlets write a diary, putservices for them, and a client that answers its steps, canary first. Each
 * upgrade begins with the same state of the nodes.
 */
export class RealUpgrade {
  readonly lab: Lab;
  readonly client: PutClient;
  readonly stateFolder: string;
  readonly #folder: string;
  #system: PracticeSystem;
  #jobs = 0;
  #jobId = '';
  /** Boots of the nodes before the upgrade. */
  #bootsBefore: Readonly<Record<string, string>> = {};
  #restarting: Promise<void> | undefined;
  #watched: PracticeSystem['process'] | undefined;
  #onDeath: () => void = () => {};

  private constructor(fields: { lab: Lab; client: PutClient; folder: string; system: PracticeSystem }) {
    this.lab = fields.lab;
    this.client = fields.client;
    this.stateFolder = fields.system.stateFolder;
    this.#folder = fields.folder;
    this.#system = fields.system;
  }

  static async begin(options: RealUpgradeOptions): Promise<RealUpgrade> {
    const folder = mkdtempSync(join(tmpdir(), 'put-upgrade-'));
    const lab = await Lab.up(options);
    let system: PracticeSystem | undefined;
    try {
      const before = buildDiaryPackages(folder, FROM);
      const files = buildDiaryPackages(folder, TO);
      const bring = before.map((file) => {
        const bytes = readFileSync(file).toString('base64');
        return `echo ${bytes} | base64 -d >${KEPT}/${basename(file)}`;
      });
      for (const { nodeId } of lab.nodes) await demand(lab, nodeId, [`mkdir -p ${KEPT}`, ...bring].join(' && '));
      const nodesFile = (await options.nodesFile?.(lab)) ?? join(lab.folder, 'nodes.yaml');
      const stateFolder = join(folder, 'state');
      mkdirSync(stateFolder);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${STATE_MIB}m,mode=0700`, 'tmpfs', stateFolder]);
      const configFile = makeSiteState({ state: stateFolder, nodesFile, keyFile: lab.keyFile, ...REAL_ACCOUNT });
      const real = { nodesFile, keyFile: lab.keyFile };
      system = await PracticeSystem.start({ real, stateFolder, configFile, nodeArguments: ['--import', TROUBLED] });
      const client = await system.signIn();
      const uploads = new FileClient(client, createSystemClock());
      for (const file of [...before, ...files]) await uploads.upload(await openFileSource(file), () => {}).done;
      uploads.close();
      return new RealUpgrade({ lab, client, folder, system });
    } catch (error) {
      await system?.stop();
      await lab.down();
      removeWithState(folder);
      throw error;
    }
  }

  get system(): PracticeSystem {
    return this.#system;
  }

  get nodeIds(): readonly string[] {
    return this.lab.nodes.map(({ nodeId }) => nodeId);
  }

  /** A job as it is now. */
  readHead(jobId: string): Promise<JobHead> {
    return readNow<JobHead>(this.client, jobTopic(jobId));
  }

  /** Nodes that have a build of a package now. */
  async nodesWith(name: string, version: string): Promise<string[]> {
    const there = this.nodeIds.map(async (nodeId) => {
      const { status } = await this.lab.run(nodeId, `rpm -q ${name}-${version}`);
      return status === 0 ? [nodeId] : [];
    });
    return (await Promise.all(there)).flat();
  }

  /** How long after the canary the others got the agent, in s by rpm's own record: the least of them. */
  async canaryAheadS(): Promise<number> {
    const at: number[] = [];
    for (const nodeId of this.nodeIds)
      at.push(Number(await demand(this.lab, nodeId, "rpm -q --qf '%{INSTALLTIME}\\n' night-agent | tail -n 1")));
    const [canary = 0, ...others] = at;
    return Math.min(...others) - canary;
  }

  /** Makes the nodes what they were before the first upgrade. */
  async prepare(): Promise<void> {
    const script = `set -e
for build in $(rpm -qa 'night-*'); do rpm -e --noscripts "$build"; done
rpm -U --noscripts --force-debian ${KEPT}/*.rpm 2>/dev/null
rm -rf ${DIARY}
systemctl start ${PRACTICE_SERVICE}
cat /proc/sys/kernel/random/boot_id`;
    const boots: Record<string, string> = {};
    for (const nodeId of this.nodeIds) boots[nodeId] = await demand(this.lab, nodeId, script);
    this.#bootsBefore = boots;
  }

  /** Ends putservices at once and starts it again. */
  async restart(): Promise<void> {
    this.#system = await this.#system.killAndRestart();
    this.client.retryNow();
  }

  /**
   * Starts putservices again when it has ended by itself, once; `onDeath` is called before. Of several asked for the same process the last one counts: a death that was not met leaves no second
   * start behind.
   */
  restartWhenDead(onDeath: () => void): void {
    this.#onDeath = onDeath;
    const { process } = this.#system;
    if (this.#watched === process) return;
    this.#watched = process;
    process.once('exit', () => {
      this.#onDeath();
      this.#restarting = this.restart();
    });
  }

  /** One upgrade to its end, with Retry of whatever waits for a decision. Rejects where it does not end. */
  async run(run: UpgradeRun = {}): Promise<JobHead> {
    this.#jobId = `night-${process.pid}-${++this.#jobs}`;
    const { client } = this;
    const jobId = this.#jobId;
    const settings = { waves: { canary: 1 } };
    await client.request('job.start', { jobId, operationId: 'install-upgrade-software', settings });
    const drive = { onHead: run.onHead ?? (() => {}), deadlineMs: run.deadlineMs ?? 120_000 };
    let head = await driveJob(client, jobId, drive);
    for (let retries = 0; head.state === 'attention' && retries < (run.mostRetries ?? 10); retries += 1) {
      await run.beforeRetry?.(head);
      await (run.decide?.(head) ??
        client.request('job.retry', { jobId, seen: seenOf(head), stepId: head.currentStep }));
      head = await driveJob(client, jobId, { ...drive, leaveAttentionAbove: head.eventNumber });
    }
    await this.#restarting;
    return head;
  }

  /**
   * What is not on the nodes as it has to be after an upgrade: builds that are not as planned, scriptlets that ran twice or never, a boot that is missing, a service that is down. `repaired`: nodes
   * whose rpm was killed in the middle; it goes through its transaction once more there, so a scriptlet may stand twice.
   */
  async findings({ repaired = [] }: { readonly repaired?: readonly string[] } = {}): Promise<string[]> {
    const { wrong } = await readBackPlan(this.client, this.#jobId);
    const found = [...wrong];
    // A wave ends with a boot, which takes its time.
    const aheadS = await this.canaryAheadS();
    if (aheadS <= 0) found.push(`the others were upgraded ${-aheadS} s before the canary, or with it`);
    for (const nodeId of this.nodeIds) {
      const lines = (await demand(this.lab, nodeId, `cat ${DIARY}`)).split('\n');
      for (const [name, wanted] of Object.entries(diaryOfUpgrade(FROM, TO))) {
        const there = lines.filter((line) => line.includes(` ${name} `));
        if (!(repaired.includes(nodeId) ? isRepaired(there, wanted) : there.join() === wanted.join()))
          found.push(`${nodeId}: scriptlets of ${name} ran as [${there.join(', ')}]`);
      }
      const builds = await demand(this.lab, nodeId, "rpm -qa --qf '%{NAME}-%{VERSION}\\n' 'night-*' | sort");
      if (builds !== `night-agent-${TO}\nnight-kernel-${FROM}\nnight-kernel-${TO}`)
        found.push(`${nodeId} has ${builds.replaceAll('\n', ', ')}`);
      const service = (await this.lab.run(nodeId, `systemctl is-active ${PRACTICE_SERVICE}`)).output;
      if (service !== 'active') found.push(`${nodeId}: the service is ${service}`);
      const boot = await demand(this.lab, nodeId, 'cat /proc/sys/kernel/random/boot_id');
      if (boot === this.#bootsBefore[nodeId]) found.push(`${nodeId} was not booted`);
    }
    return found;
  }

  async end(): Promise<void> {
    await this.client.close();
    await this.#restarting;
    await this.#system.stop();
    await this.lab.down();
    removeWithState(this.#folder);
  }
}

/**
 * Where rpm was killed in the middle, both builds are in its database; going through the transaction again (`--replacepkgs`) runs the scriptlets of the new build once more, those
 * of its half-installed twin too. Each that is wanted ran then, and none more than twice.
 */
function isRepaired(there: readonly string[], wanted: readonly string[]): boolean {
  const ran = Map.groupBy(there, (line) => line.replace(/ \d$/, ''));
  return (
    wanted.every((line) => ran.has(line.replace(/ \d$/, ''))) && [...ran.values()].every(({ length }) => length <= 2)
  );
}

function removeWithState(folder: string): void {
  try {
    execFileSync('umount', ['-l', join(folder, 'state')], { stdio: 'ignore' });
  } catch {
    // It was not mounted yet.
  }
  rmSync(folder, { recursive: true, force: true });
}

async function demand(lab: Lab, nodeId: string, script: string): Promise<string> {
  const { status, output } = await lab.run(nodeId, script);
  if (status !== 0) throw new Error(`${nodeId}: ${script}: ${output}`);
  return output;
}
