import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CellCause, PackageOutcome, PlannedChange, PlannedPackage } from '../../../core/model/job.ts';
import type { InstalledPackage } from '../../../core/model/node.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import { PackageLibrary } from '../../files/PackageLibrary.ts';
import type { Log } from '../../service.ts';
import type { FactSection } from '../NodePort.ts';
import type { ProbeOutcome, WorkOutcome } from '../../sequencer/events.ts';
import { probeWork, runWork, type WorkOfNode } from '../../steps/openStep.ts';
import type { StepIo } from '../../steps/StepKind.ts';
import { BUILT_IN_SEEDS } from './installedSeeds.ts';
import { librarySource } from './librarySource.ts';
import { SimNodePort, type SimNodePortOptions } from './SimNodePort.ts';

/** Folder of the sample packages. */
export const SAMPLE_FOLDER = fileURLToPath(new URL('../../../assets/packages/', import.meta.url));
export const SPOOL_AREA = '/var/opt/practice/spool';
export const quietLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** A context that writes down what it is told. */
export interface RecordingContext extends StepIo {
  readonly percents: number[];
  readonly outcomes: Record<string, PackageOutcome>;
  readonly causes: Record<string, CellCause>;
  readonly lines: string[];
  readonly abort: AbortController;
}

export function contextFor(stepId: string, attempt = 1, jobId = 'job-1'): RecordingContext {
  const abort = new AbortController();
  const context: RecordingContext = {
    ...{ jobId, stepId, attempt, abort, signal: abort.signal },
    ...{ percents: [], outcomes: {}, causes: {}, lines: [] },
    onProgress: (percent) => context.percents.push(percent),
    onItem: (name, outcome, cause) => {
      context.outcomes[name] = outcome;
      if (cause) context.causes[name] = cause;
    },
    onLog: (text) => context.lines.push(text),
    whenSilent: () => undefined,
    libraryPath: (fileName) => fileName,
  };
  return context;
}

/** The work of a step of the library, on the service of practice nodes. */
export const serviceWork = (action: 'stop' | 'start'): WorkOfNode => ({
  use: 'service',
  work: { action, name: 'practice-db' },
});
export const factsWorkOf = (sections: readonly FactSection[]): WorkOfNode => ({
  use: 'facts',
  work: { sections, takesPart: () => false },
});
export const factsWork = factsWorkOf(['os', 'packages', 'services']);

/** Practice nodes with the work of steps done on them. */
export interface WorkedNodes extends SimNodePort {
  run(nodeId: string, work: WorkOfNode, io: StepIo): Promise<WorkOutcome>;
  probe(nodeId: string, work: WorkOfNode, io: StepIo): Promise<ProbeOutcome>;
}

function worked(port: SimNodePort): WorkedNodes {
  return Object.assign(port, {
    run: (nodeId: string, work: WorkOfNode, io: StepIo) => runWork(port.node(nodeId, { ...io, mode: 'run' }), work, io),
    probe: (nodeId: string, work: WorkOfNode, io: StepIo) =>
      probeWork(port.node(nodeId, { ...io, mode: 'probe' }), work, io),
  });
}

/** A practice system with both releases of the sample packages in its library; `end` removes it. */
export class SimTestSystem {
  readonly folder: string;
  readonly library: PackageLibrary;

  private constructor(folder: string, library: PackageLibrary) {
    this.folder = folder;
    this.library = library;
  }

  static async make(): Promise<SimTestSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'put-sim-'));
    for (const release of ['release-1', 'release-2']) {
      await cp(join(SAMPLE_FOLDER, release), join(folder, 'library'), {
        recursive: true,
        filter: (source) => !source.endsWith('installed.json'),
      });
    }
    return new SimTestSystem(folder, await PackageLibrary.open({ folder: join(folder, 'library'), log: quietLog }));
  }

  async open(options: Partial<SimNodePortOptions> = {}): Promise<WorkedNodes> {
    const port = await SimNodePort.open({
      ...{ folder: join(this.folder, 'nodes'), nodes: 8, seed: 7, installed: BUILT_IN_SEEDS, log: quietLog },
      ...{ packages: librarySource(this.library), durationFactor: 0 },
      ...options,
    });
    return worked(port);
  }

  /** Planned packages by name, all of 17.20 unless told otherwise. */
  planned(names: readonly string[], release = '17.20.03.01'): PlannedPackage[] {
    return names.map((name) => {
      const found = Object.values(this.library.view().packages).find(
        (one) => one.name === name && one.version === release,
      );
      if (!found) throw new Error(`no sample package ${name} ${release}`);
      const { fileName, sha256, fileBytes, epoch, version, arch } = found;
      return { name, epoch, version, release: found.release, arch, fileName, sha256, fileBytes, mandatory: true };
    });
  }

  spool(packages: readonly PlannedPackage[]): WorkOfNode {
    return { use: 'put-files', work: { folder: SPOOL_AREA, packages } };
  }

  install(packages: readonly PlannedPackage[], before: readonly InstalledPackage[] = []): WorkOfNode {
    const changes = packages.map((wanted): PlannedChange => {
      const from = before.find((installed) => installed.name === wanted.name);
      const action = from ? (formatEvr(from) === formatEvr(wanted) ? 'keep' : 'upgrade') : 'install';
      return {
        ...{ packageName: wanted.name, action, to: formatEvr(wanted), wayBack: true },
        ...(from ? { from: formatEvr(from) } : {}),
      };
    });
    return { use: 'rpm-install', work: { spoolArea: SPOOL_AREA, packages, changes } };
  }

  async journal(driver: SimNodePort, nodeId: string): Promise<Record<string, unknown>[]> {
    const text = await readFile(driver.journalPath(nodeId), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
