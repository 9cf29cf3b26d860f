import type { JobHead, LiveCell } from '../../core/model/jobParts.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { PackageResults } from './packageResults.ts';

/** What the parts of a job are made of, at one moment. */
export interface JobSource {
  readonly machine: SequencerState;
  readonly results: PackageResults;
  /** What is only shown of work that runs, by node id; it stands in no journal. */
  readonly live: ReadonlyMap<string, LiveCell>;
  /** Why the journal cannot be written; absent while it can. */
  readonly journalFault?: JobHead['journalFault'];
}
