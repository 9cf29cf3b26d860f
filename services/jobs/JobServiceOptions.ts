import type { OperationSpec } from '../../core/model/operationSpec.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { NodePort } from '../nodes/NodePort.ts';
import type { Log } from '../service.ts';
import type { ApprovalPolicy } from './approvalRequests.ts';
import type { JobArchive } from './JobArchive.ts';
import type { RunnerJournal } from './runnerPorts.ts';
import type { Journal } from './Journal.ts';
import type { JobLibrary, NodeWorker, Tell, WorkDeadlines } from './ports.ts';

/** What the Job service stands on. */
export interface JobServiceOptions {
  /** The journal's file in the state folder; made when it is not there. */
  readonly journalPath: string;
  readonly driver: NodePort;
  /** Does the work of steps; without it, their kinds through `driver`. */
  readonly worker?: NodeWorker | undefined;
  readonly library: JobLibrary;
  readonly tell: Tell;
  /** Whether the timeline has the event of this id. */
  readonly wasTold: (eventId: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: no job waits for an approval. */
  readonly approval?: ApprovalPolicy | undefined;
  /** Nodes worked on at once; 64 unless set. Jobs keep the number that they were started with. */
  readonly concurrency?: number | undefined;
  /** Further settings that this master has for all jobs, by name; where an operation has no such setting it is left out. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly deadlines?: Partial<WorkDeadlines> | undefined;
  /** Takes ended jobs out of the journal; absent: they stay. */
  readonly archive?: JobArchive | undefined;
  /** Finds an operation by its id; the built-in ones unless set. Throws `operation-unknown`. */
  readonly operationOf?: ((operationId: string) => OperationSpec) | undefined;
  /** Events after which a running job is written down again; a job that stops is then worth it after a fifth of that. */
  readonly snapshotEvery?: number | undefined;
  /** Tests put something between the runner and the journal. */
  readonly wrapJournal?: ((journal: Journal) => RunnerJournal) | undefined;
}
