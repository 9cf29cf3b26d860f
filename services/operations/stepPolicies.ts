import type { StepId } from '../../core/model/operation.ts';

/** What the sequencer has to know of the work of a step besides its definition. */
export interface StepPolicy {
  /** The work changes nothing on the node, so it may simply run again; other work is probed first when its end is not known. */
  readonly readOnly: boolean;
  /** Once the step has begun there is no Back: the way back is rollback. */
  readonly irreversible: boolean;
  /** Only nodes on which the plan changes something take part; the other steps act and judge by what is so on every node. */
  readonly onlyWhereChanged?: true;
  /** The work stops or starts the node's service: from its beginning to its known end nobody knows whether it is up. */
  readonly touchesService?: true;
}

const INPUT: StepPolicy = { readOnly: true, irreversible: false };

/** Policies of the steps of the step library. */
export const STEP_POLICIES: Readonly<Record<StepId, StepPolicy>> = {
  'configuration-mode': INPUT,
  'select-nodes': INPUT,
  'find-systems': INPUT,
  'group-nodes': INPUT,
  'package-source': INPUT,
  'select-packages': INPUT,
  'spool-area': INPUT,
  plan: INPUT,
  spooling: { readOnly: false, irreversible: false, onlyWhereChanged: true },
  shutdown: { readOnly: false, irreversible: true, onlyWhereChanged: true, touchesService: true },
  'package-install': { readOnly: false, irreversible: true, onlyWhereChanged: true },
  'switch-versions': { readOnly: false, irreversible: true },
  start: { readOnly: false, irreversible: true, touchesService: true },
  validation: { readOnly: true, irreversible: true },
  finished: { readOnly: true, irreversible: true },
};
