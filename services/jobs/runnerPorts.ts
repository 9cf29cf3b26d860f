import type { Clock } from '../../core/session/ports.ts';
import type { StepPaces } from '../../core/model/timeLeft.ts';
import type { Log } from '../service.ts';
import type { BusyNodes } from './BusyNodes.ts';
import type { Journal } from './Journal.ts';
import type { SelectionLibrary } from '../steps/SelectionLibrary.ts';
import type { NodeWorker, Tell, WorkDeadlines } from './ports.ts';
import type { SnapshotWriter } from './snapshots.ts';

/** Part of the journal that a runner writes to; tests make it fail. */
export type RunnerJournal = Pick<Journal, 'append' | 'appendLog'>;

export interface RunnerPorts {
  readonly clock: Clock;
  readonly journal: RunnerJournal;
  readonly worker: NodeWorker;
  readonly library: () => SelectionLibrary;
  readonly tell: Tell;
  readonly log: Log;
  readonly deadlines: WorkDeadlines;
  /** Nodes on which work is under way, of all jobs. */
  readonly busy: BusyNodes;
  /** How long the steps of an operation took in jobs before; the same object until there is more. */
  readonly paces: (operationId: string) => StepPaces;
  /** The timeline was told all that the journal has. */
  readonly onTold: SnapshotWriter['offer'];
  /** After every change of the view. */
  readonly onChange: () => void;
}
