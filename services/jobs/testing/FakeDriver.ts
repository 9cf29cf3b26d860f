import type { InstalledPackage, NodeEntry, NodeFacts, NodeType } from '../../../core/model/node.ts';
import type { PackageRelations } from '../../../core/model/package.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import type { Clock, Random } from '../../../core/session/ports.ts';
import type { NodeHandle, NodePort, SeenNode } from '../../nodes/NodePort.ts';
import type { ProbeOutcome, WorkOutcome } from '../../sequencer/events.ts';
import type { WorkOfNode } from '../../steps/openStep.ts';
import type { BackWork } from '../../steps/rpmBack.ts';
import type { InstallWork } from '../../steps/rpmInstall.ts';
import type { ServiceWork } from '../../steps/service.ts';
import type { StepIo } from '../../steps/StepKind.ts';
import type { ValidateWork } from '../../steps/validate.ts';
import type { NodeWorker } from '../ports.ts';

type Io = Omit<StepIo, 'libraryPath'>;

/** Work of the kinds that these nodes know. */
type Action =
  | { readonly kind: 'facts' }
  | { readonly kind: 'put-files'; readonly packages: InstallWork['packages'] }
  | ({ readonly kind: 'service' } & ServiceWork)
  | ({ readonly kind: 'rpm-install' } & InstallWork)
  | ({ readonly kind: 'rpm-back' } & BackWork)
  | { readonly kind: 'switch-versions'; readonly versions: Readonly<Record<string, string>> }
  | ({ readonly kind: 'validate' } & ValidateWork);

function actionOf({ use, work }: WorkOfNode): Action {
  return (use === 'switch-versions' ? { kind: use, versions: work } : { kind: use, ...(work as object) }) as Action;
}

/** What goes wrong in a run of an action, or in a probe. */
export type FakeFault =
  | 'fail'
  | 'fail-package'
  /** Finds that one package is not as it was planned, before it begins with any. */
  | 'drift'
  | 'warn'
  /** Is lost in the middle. */
  | 'unreachable'
  /** Cannot be reached at all. */
  | 'not-reached'
  | 'unknown-done'
  | 'unknown-not-done'
  | 'hang'
  /** Works on, whatever it is told, until `letGo`. */
  | 'deaf'
  | 'throw';

interface FakeNode {
  readonly entry: NodeEntry;
  packages: InstalledPackage[];
  serviceUp: boolean;
  spooled: Set<string>;
  switched: Record<string, string>;
}

export interface FakeDriverOptions {
  readonly clock: Clock;
  readonly nodes: readonly { readonly nodeId: string; readonly type?: NodeType; readonly system?: number }[];
  /** Installed before, by name, as version. */
  readonly installed?: Readonly<Record<string, string>>;
  readonly random?: Random;
  readonly freeBytes?: number;
  /** How far the clock of a node is from the master's. */
  readonly clockOffsetMs?: ((nodeId: string) => number) | undefined;
  /** Other nodes that are the machine of a node. */
  readonly alsoNamed?: ((nodeId: string) => readonly string[] | undefined) | undefined;
  /** What differs in the facts of a node. */
  readonly factsOf?: ((nodeId: string) => Partial<NodeFacts>) | undefined;
  /** The fault of the next run or probe of a step on a node; undefined: none. */
  readonly faultOf?: (nodeId: string, stepId: string, mode: 'run' | 'probe', attempt: number) => FakeFault | undefined;
}

/** Packages of nodes that tests look at. */
export function installedAs(name: string, version: string): InstalledPackage {
  return { name, epoch: 0, version, release: '1', arch: 'noarch' };
}

/**
 * Nodes in memory that do the work of steps, take some time for it, and have faults. It watches the rule that nothing runs twice
 * unprobed: breaches are collected in `violations`.
 */
export class FakeDriver implements NodePort, NodeWorker {
  readonly kind = 'sim';
  readonly nodes = new Map<string, FakeNode>();
  readonly violations: string[] = [];
  /** Every start, oldest first: `run package-install n1`. */
  readonly starts: string[] = [];
  /** Package transactions that changed something, by node. */
  readonly transactions = new Map<string, number>();
  /** Work that was begun on a node beside other work. */
  readonly besides: string[] = [];
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #busy = new Map<string, string>();
  readonly #deaf = new Map<string, () => void>();
  /** Steps on nodes whose last run did not tell its end. */
  readonly #uncertain = new Set<string>();
  readonly #options: FakeDriverOptions;
  readonly #rowListeners = new Set<() => void>();
  #rows: Readonly<Record<string, SeenNode>>;

  constructor(options: FakeDriverOptions) {
    this.#options = options;
    for (const { nodeId, type = 'TPA', system = 1 } of options.nodes) {
      this.nodes.set(nodeId, {
        entry: { nodeId, address: `10.0.0.${this.nodes.size + 1}`, type, system },
        packages: Object.entries(options.installed ?? {}).map(([name, version]) => installedAs(name, version)),
        serviceUp: true,
        spooled: new Set(),
        switched: {},
      });
    }
    this.#rows = Object.fromEntries(
      this.entries().map((entry) => [entry.nodeId, { ...entry, reachable: 'yes', packages: [] } satisfies SeenNode]),
    );
  }

  readonly practice = {
    setFault: (nodeId: string, stepId: string, kind: string): void =>
      void this.starts.push(`fault ${kind} ${stepId} ${nodeId}`),
    reset: (): Promise<void> => Promise.resolve(),
  };

  entries(): readonly NodeEntry[] {
    return [...this.nodes.values()].map((node) => node.entry);
  }

  rows(): Readonly<Record<string, SeenNode>> {
    const service = (nodeId: string): SeenNode['service'] => ({
      name: 'practice',
      state: this.nodes.get(nodeId)?.serviceUp === true ? 'up' : 'down',
    });
    const changed = Object.values(this.#rows).filter((row) => row.service?.state !== service(row.nodeId)?.state);
    if (changed.length > 0) {
      const fresh = changed.map((row) => [row.nodeId, { ...row, service: service(row.nodeId) }] as const);
      this.#rows = { ...this.#rows, ...Object.fromEntries(fresh) };
    }
    return this.#rows;
  }

  onRowsChange(listener: () => void): () => void {
    this.#rowListeners.add(listener);
    return () => this.#rowListeners.delete(listener);
  }

  refresh(): Promise<void> {
    this.#rows = { ...this.#rows };
    for (const listener of this.#rowListeners) listener();
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The process died: running work is done, half done or not begun, and nobody hears of it. */
  crash(): void {
    for (const abandon of [...this.#abandon]) abandon();
    this.#abandon.clear();
    this.#busy.clear();
    this.#atOnce = 0;
  }

  readonly #abandon = new Set<() => void>();

  /** Deaf work on the node comes to its end, as done. */
  letGo(nodeId: string): void {
    this.#deaf.get(nodeId)?.();
    this.#deaf.delete(nodeId);
  }

  async #alone<T>(nodeId: string, what: string, work: () => Promise<T>): Promise<T> {
    const other = this.#busy.get(nodeId);
    if (other !== undefined) this.besides.push(`${what} ${nodeId} beside ${other}`);
    this.#busy.set(nodeId, what);
    try {
      return await work();
    } finally {
      this.#busy.delete(nodeId);
    }
  }

  versionsOf(nodeId: string): Record<string, string> {
    return Object.fromEntries((this.nodes.get(nodeId)?.packages ?? []).map((one) => [one.name, one.version]));
  }

  node(): NodeHandle {
    throw new Error('these nodes do their work as a whole');
  }

  run(nodeId: string, work: WorkOfNode, context: Io): Promise<WorkOutcome> {
    return this.#alone(nodeId, `run ${context.stepId}`, () => this.#run(nodeId, actionOf(work), context));
  }

  async #run(nodeId: string, action: Action, context: Io): Promise<WorkOutcome> {
    const key = `${context.stepId} ${nodeId}`;
    this.starts.push(`run ${key}`);
    const readOnly = action.kind === 'facts' || action.kind === 'validate';
    if (this.#uncertain.has(key))
      this.violations.push(`${key} runs again (attempt ${context.attempt}) without a probe`);
    if (!readOnly) this.#uncertain.add(key);
    context.onLog(`${action.kind} begins`);
    const fault = this.#options.faultOf?.(nodeId, context.stepId, 'run', context.attempt);
    if (fault === 'throw') throw new Error('the driver broke');
    const cause = { code: 'node-unreachable', message: `${nodeId} does not answer` };
    if (fault === 'not-reached') {
      this.#uncertain.delete(key);
      return { state: 'unreachable', cause, notBegun: true };
    }
    const node = this.nodes.get(nodeId) as FakeNode;
    if (fault === 'deaf') {
      context.onProgress(100);
      await new Promise<void>((resolve) => this.#deaf.set(nodeId, resolve));
      this.#carryOut(node, action);
      this.#uncertain.delete(key);
      return this.#outcomeOf(node, action);
    }
    const went = await this.#spend(context, fault === 'hang', () => {
      if (fault === undefined && this.#random() < 0.6) this.#carryOut(node, action);
    });
    if (went === 'aborted') {
      return { state: 'unknown', cause: { code: 'cancelled', message: 'stopped on request' } };
    }
    const tell = (outcome: WorkOutcome): WorkOutcome => {
      if (outcome.state === 'unknown' || outcome.state === 'unreachable') return outcome;
      this.#uncertain.delete(key);
      return { ...outcome, service: node.serviceUp ? 'up' : 'down' };
    };
    switch (fault) {
      case 'fail':
        // It was at its packages, and names none of them.
        if (action.kind === 'rpm-install') for (const { name } of action.packages) context.onItem(name, 'running');
        return tell({
          state: 'failed',
          cause: { code: 'service-failed', message: `${action.kind} failed on ${nodeId}` },
        });
      case 'fail-package': {
        const packageName = action.kind === 'rpm-install' ? action.packages[0]?.name : undefined;
        if (packageName === undefined) break;
        const failure = { code: 'script-pre-failed', message: `${nodeId}: %pre of ${packageName} failed`, packageName };
        context.onItem(packageName, 'fail', failure);
        return tell({ state: 'failed', cause: failure });
      }
      case 'drift': {
        const packageName = action.kind === 'rpm-install' ? action.packages[0]?.name : undefined;
        const message = `${nodeId}: ${packageName ?? 'it'} is another one now`;
        return tell({ state: 'failed', cause: { code: 'node-drifted', message, packageName } });
      }
      case 'warn':
        this.#carryOut(node, action);
        return tell({ state: 'warned', cause: { code: 'internal', message: 'a warning' }, found: node.packages });
      case 'unreachable':
        return tell({ state: 'unreachable', cause });
      case 'unknown-done':
        this.#carryOut(node, action);
        return tell({ state: 'unknown', cause: { code: 'node-power-lost', message: `${nodeId} lost power` } });
      case 'unknown-not-done':
        return tell({ state: 'unknown', cause: { code: 'node-power-lost', message: `${nodeId} lost power` } });
      default:
    }
    if (action.kind === 'rpm-install') for (const { name } of action.packages) context.onItem(name, 'running');
    context.onProgress(50);
    this.#carryOut(node, action);
    if (action.kind === 'rpm-install') for (const { name } of action.packages) context.onItem(name, 'successful');
    return tell(this.#outcomeOf(node, action));
  }

  probe(nodeId: string, work: WorkOfNode, context: Io): Promise<ProbeOutcome> {
    return this.#alone(nodeId, `probe ${context.stepId}`, () => this.#probe(nodeId, actionOf(work), context));
  }

  async #probe(nodeId: string, action: Action, context: Io): Promise<ProbeOutcome> {
    const key = `${context.stepId} ${nodeId}`;
    this.starts.push(`probe ${key}`);
    const fault = this.#options.faultOf?.(nodeId, context.stepId, 'probe', context.attempt);
    if (fault === 'throw') throw new Error('the driver broke');
    const went = await this.#spend(context, fault === 'hang', () => undefined);
    if (went === 'aborted') {
      return { done: 'error', cause: context.signal.reason as { code: string; message: string } };
    }
    if (fault === 'unreachable') return { done: 'unreachable' };
    this.#uncertain.delete(key);
    const node = this.nodes.get(nodeId) as FakeNode;
    const service = node.serviceUp ? 'up' : 'down';
    return { done: this.#isDone(node, action) ? 'yes' : 'no', found: node.packages, service };
  }

  /** Some time passes; `onCrash` when the process dies meanwhile. */
  #spend(context: Io, forEver: boolean, onCrash: () => void): Promise<'done' | 'aborted'> {
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    return new Promise((resolve) => {
      const leave = (how: 'done' | 'aborted'): void => {
        stopTimer();
        this.#abandon.delete(abandon);
        context.signal.removeEventListener('abort', onAbort);
        this.#atOnce -= 1;
        resolve(how);
      };
      const onAbort = (): void => leave('aborted');
      const abandon = (): void => {
        stopTimer();
        context.signal.removeEventListener('abort', onAbort);
        onCrash();
      };
      const stopTimer = forEver
        ? () => undefined
        : this.#options.clock.setTimer(Math.floor(this.#random() * 100), () => leave('done'));
      this.#abandon.add(abandon);
      context.signal.addEventListener('abort', onAbort);
    });
  }

  #random(): number {
    return this.#options.random?.() ?? 0.5;
  }

  #carryOut(node: FakeNode, action: Action): void {
    switch (action.kind) {
      case 'put-files':
        for (const { fileName } of action.packages) node.spooled.add(fileName);
        break;
      case 'service':
        node.serviceUp = action.action === 'start';
        break;
      case 'rpm-install': {
        if (this.#isDone(node, action)) break;
        const { nodeId } = node.entry;
        this.transactions.set(nodeId, (this.transactions.get(nodeId) ?? 0) + 1);
        for (const { name, epoch, version, release, arch } of action.packages) {
          node.packages = [
            ...node.packages.filter((one) => one.name !== name),
            { name, epoch, version, release, arch },
          ];
        }
        break;
      }
      case 'rpm-back': {
        const goes = [...action.eraseFirst, ...action.erase, ...action.files].map(({ name }) => name);
        node.packages = [
          ...node.packages.filter(({ name }) => !goes.includes(name)),
          ...action.files.map(({ name, version }) => installedAs(name, version)),
        ];
        break;
      }
      case 'switch-versions':
        node.switched = { ...action.versions };
        break;
      default:
    }
  }

  #isDone(node: FakeNode, action: Action): boolean {
    switch (action.kind) {
      case 'put-files':
        return action.packages.every(({ fileName }) => node.spooled.has(fileName));
      case 'service':
        return node.serviceUp === (action.action === 'start');
      case 'rpm-install':
        return action.packages.every((wanted) =>
          node.packages.some((one) => one.name === wanted.name && one.version === wanted.version),
        );
      case 'rpm-back':
        return action.files.every((former) =>
          node.packages.some((one) => one.name === former.name && one.version === former.version),
        );
      case 'switch-versions':
        return Object.entries(action.versions).every(([name, version]) => node.switched[name] === version);
      default:
        return false;
    }
  }

  #outcomeOf(node: FakeNode, action: Action): WorkOutcome {
    if (action.kind === 'facts') return { state: 'ok', facts: this.#facts(node) };
    if (action.kind === 'rpm-install' || action.kind === 'rpm-back') return { state: 'ok', found: node.packages };
    if (action.kind !== 'validate') return { state: 'ok' };
    const wrong = action.expected.find(
      (wanted) =>
        !action.ignoredItems.includes(wanted.name) &&
        !node.packages.some((one) => one.name === wanted.name && one.version === wanted.version),
    );
    if (!wrong && node.serviceUp) return { state: 'ok', found: node.packages };
    const message = wrong ? `${wrong.name} is not at ${wrong.version}` : 'the service is down';
    return {
      state: 'failed',
      found: node.packages,
      cause: { code: 'validation-failed', message, packageName: wrong?.name },
    };
  }

  #facts(node: FakeNode): NodeFacts {
    const alsoNamed = this.#options.alsoNamed?.(node.entry.nodeId);
    return {
      nodeId: node.entry.nodeId,
      os: 'SLES 15 SP5',
      arch: 'x86_64',
      kernel: '5.14.21',
      memoryBytes: 64e9,
      groupingKey: `byn0:${node.entry.system}`,
      fileSystems: [
        { path: '/', totalBytes: 1e10, freeBytes: this.#options.freeBytes ?? 1e9 },
        { path: '/var/opt/teradata', totalBytes: 1e10, freeBytes: this.#options.freeBytes ?? 1e9 },
      ],
      service: { name: 'practice', state: node.serviceUp ? 'up' : 'down' },
      ...(alsoNamed ? { boot: { id: 'boot', uptimeSeconds: 1, alsoNamed } } : {}),
      clockOffsetMs: this.#options.clockOffsetMs?.(node.entry.nodeId) ?? 0,
      packages: node.packages,
      relations: Object.fromEntries(node.packages.map((one) => [formatNevra(one), NO_RELATIONS])),
      ...this.#options.factsOf?.(node.entry.nodeId),
    };
  }
}

/** The packages of these nodes provide their names and ask for nothing. */
const NO_RELATIONS: PackageRelations = { requires: [], provides: [], conflicts: [], obsoletes: [] };
