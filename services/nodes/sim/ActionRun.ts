import type { CellCause } from '../../../core/model/job.ts';
import type { FaultKind, InstalledPackage, NodeEntry, NodeFacts } from '../../../core/model/node.ts';
import type { PackageIdentity, PackageRelations } from '../../../core/model/package.ts';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import type { ActionContext, ActionOutcome, NodeAction } from '../NodeDriver.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import type { RandomSource } from './seededRandom.ts';

/** What is read of a package file of the library: enough to know what its installation would do. */
export interface SimPackageHeader extends PackageIdentity, PackageRelations {
  /** Text of the scriptlets that can fail, '' where there is none or where no shell runs it. */
  readonly pre: string;
  readonly post: string;
}

/** Where the practice nodes get packages from. */
export interface SimPackageSource {
  /** SHA-256 and size of the file as it is on disk now; throws a PutError. */
  digestOf(fileName: string): Promise<{ readonly sha256: string; readonly fileBytes: number }>;
  /** Throws `rpm-invalid` or `package-unknown`. */
  headerOf(fileName: string): Promise<SimPackageHeader>;
  /** What the headers of these installed builds say, as far as they are known; the same object for the same list. */
  relationsOf(packages: readonly InstalledPackage[]): NonNullable<NodeFacts['relations']>;
}

/** Ends an action from inside, with its outcome. */
export class ActionEnd extends Error {
  readonly outcome: ActionOutcome;

  constructor(outcome: ActionOutcome) {
    super(outcome.cause?.message ?? outcome.state);
    this.name = 'ActionEnd';
    this.outcome = outcome;
  }
}

export interface ActionRunPorts {
  readonly entry: NodeEntry;
  readonly action: NodeAction;
  readonly context: ActionContext;
  readonly random: RandomSource;
  /** Fault of this attempt, if any. */
  readonly fault: FaultKind | undefined;
  readonly packages: SimPackageSource;
  /** Aborted by the caller or by the deadline. */
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Aborted when putservices stops. */
  readonly closing: AbortSignal;
  /** Resolves after the time or at the abort. */
  wait(waitMs: number, signal: AbortSignal): Promise<void>;
  state(): PracticeNodeState;
  update(change: (state: PracticeNodeState) => PracticeNodeState): Promise<PracticeNodeState>;
  journal(line: Readonly<Record<string, unknown>>): Promise<void>;
  /** Cuts the node's power. */
  losePower(): Promise<void>;
}

/** Work named `stuck` hears no stop and goes on by itself after this, in ms of practice time. */
const STUCK_MS = 15 * 60_000;
/** A fault named `slow` makes everything take this many times longer. */
const SLOW_FACTOR = 8;

/** One attempt of one action on one practice node: time passes, faults happen, progress is told. */
export class ActionRun {
  readonly ports: ActionRunPorts;
  #percent = -1;
  #faultMet = false;

  constructor(ports: ActionRunPorts) {
    this.ports = ports;
  }

  get nodeId(): string {
    return this.ports.entry.nodeId;
  }

  /** True when the fault of this attempt is one of these; it then counts as met. */
  meets(...kinds: readonly FaultKind[]): FaultKind | undefined {
    const { fault } = this.ports;
    if (fault === undefined || this.#faultMet || !kinds.includes(fault)) return undefined;
    this.#faultMet = true;
    return fault;
  }

  /** Ends the action as failed. */
  fail(code: ErrorCode, message: string, packageName?: string): never {
    throw new ActionEnd({ state: 'failed', cause: causeOf(code, message, packageName) });
  }

  log(text: string): void {
    this.ports.context.onLog(text);
  }

  progress(percent: number): void {
    const whole = Math.max(this.#percent, Math.min(100, Math.floor(percent)));
    if (whole === this.#percent) return;
    this.#percent = whole;
    this.ports.context.onProgress(whole);
  }

  /** Lets time pass, in a few parts with progress between. Ends the action when it is stopped meanwhile. */
  async pass(durationMs: number, fromPercent: number, toPercent: number, parts = 4): Promise<void> {
    const factor = this.ports.fault === 'slow' ? SLOW_FACTOR : 1;
    for (let part = 1; part <= parts; part++) {
      await this.ports.wait((durationMs * factor) / parts, this.ports.signal);
      this.stopIfAborted();
      this.progress(fromPercent + ((toPercent - fromPercent) * part) / parts);
    }
  }

  /** The middle of the work: hanging, being stuck and losing power happen here. */
  async middle(): Promise<void> {
    if (this.meets('hang')) {
      this.log('no further answer');
      await this.ports.wait(Number.POSITIVE_INFINITY, this.ports.signal);
      this.stopIfAborted();
    }
    if (this.meets('stuck')) {
      this.log('no further answer, and no stop is heard');
      await this.ports.wait(STUCK_MS, this.ports.closing);
      this.stopIfAborted();
    }
    if (this.meets('power-loss')) {
      await this.ports.losePower();
      throw new ActionEnd({
        state: 'unreachable',
        cause: causeOf('node-power-lost', `${this.nodeId} lost power in the middle of the work`),
      });
    }
  }

  /** Ends the action as `unknown` once it is cancelled or over its deadline. */
  stopIfAborted(): void {
    if (!this.ports.signal.aborted) return;
    if (this.ports.context.signal.aborted) {
      throw new ActionEnd({
        state: 'unknown',
        cause: causeOf('cancelled', `the work on ${this.nodeId} was stopped before its end`),
      });
    }
    throw new ActionEnd({
      state: 'unknown',
      cause: causeOf(
        'node-timeout',
        `${this.nodeId} did not end ${this.ports.action.kind} within ${Math.round(this.ports.deadlineMs / 1000)} s`,
      ),
    });
  }
}

/** A cause with a public code. */
export function causeOf(code: ErrorCode, message: string, packageName?: string): CellCause {
  return packageName === undefined ? { code, message } : { code, message, packageName };
}
