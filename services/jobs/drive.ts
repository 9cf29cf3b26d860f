import type { JobSeen } from '../../core/model/job.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import type { AskedOnce, SequencerState } from '../sequencer/state.ts';
import type { Caller } from '../service.ts';

/**
 * A decision of the driver on what they saw: `decideOn` answers the event, of one of `kinds`, or throws why not. The same request again
 * changes nothing and has the same outcome.
 */
export type Drive = (
  method: MethodName,
  kinds: readonly JobEventBody['kind'][],
  params: { readonly jobId: string; readonly seen: JobSeen },
  caller: Caller,
  decideOn: (state: SequencerState) => JobEventBody | undefined,
) => AskedOnce;
