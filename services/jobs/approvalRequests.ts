import { createHash } from 'node:crypto';
import { planFileText } from '../../core/model/canonicalText.ts';
import type { OperationSpec } from '../../core/model/operationSpec.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { askShapeOf } from '../../core/steps/registry.ts';
import { approveEvent, withdrawApprovalEvent } from '../sequencer/approval.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { CheckedParams, Handlers } from '../service.ts';
import type { Clock } from '../../core/session/ports.ts';
import { changesSinceApproval } from './approvalView.ts';
import type { PlanApprovals } from './PlanApprovals.ts';
import type { Tell } from './ports.ts';

/** What a system has where what cannot be taken back is approved by a second person. */
export interface ApprovalPolicy {
  /** Jobs wait for an approval (APPROVAL in the Config file). */
  readonly needed: boolean;
  readonly planFiles: PlanApprovals;
}

interface ApprovalPorts {
  readonly policy: ApprovalPolicy | undefined;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly request: (jobId: string, decideOn: (state: SequencerState) => JobEventBody | undefined) => unknown;
}

/** Approval of what a job is about to do, and of plan files for jobs to come. */
export function approvalHandlers({ policy, clock, tell, request }: ApprovalPorts): Handlers {
  return {
    'job.approve': (params, caller) => {
      request(params.jobId, (state) => {
        try {
          return approveEvent(state, params.digest, caller.user);
        } catch (error) {
          if (!(error instanceof PutError) || error.code !== 'approval-stale') throw error;
          // Whoever approved before, or read what was approved, sees what became of it.
          const changes = state.approval?.approved?.digest === params.digest ? changesSinceApproval(state) : [];
          throw changes.length === 0
            ? error
            : new PutError('approval-stale', [`${error.message}. What differs:`, ...changes].join('\n'), error.details);
        }
      });
      return {};
    },
    'job.withdrawApproval': ({ jobId }, caller) => {
      let withdrawn = false;
      request(jobId, (state) => {
        const event = withdrawApprovalEvent(state, caller.user);
        withdrawn = event !== undefined;
        return event;
      });
      return { withdrawn };
    },
    'plan.withdrawApproval': async ({ digest }, caller) => {
      const withdrawn = (await policy?.planFiles.remove(digest, caller.user)) ?? false;
      const text = `took back the approval of the plan file ${digest}`;
      if (withdrawn) tell({ text, user: caller.user });
      return { withdrawn };
    },
    'plan.approve': async ({ digest }, caller) => {
      if (!policy) throw new PutError('approval-not-asked', 'this system keeps no approvals of plan files');
      const added = await policy.planFiles.add({ digest, user: caller.user, atMs: clock.nowMs() });
      if (added)
        tell({ text: `approved the plan file ${digest}`, user: caller.user, eventId: `plan:${digest}:${caller.user}` });
      return { needed: policy.needed };
    },
  };
}

/** Digest of the plan file whose answers and settings a job is started with. The one that the file says is never taken for it. */
function planFileDigest({ operationId, answers, settings }: CheckedParams<'job.start'>): string {
  const text = planFileText({ version: 1, operation: operationId, ...answers, settings });
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** What a job has about approval from its start. @throws PutError operation-invalid where it shows nothing that could be approved */
export function approvalFromStart(
  policy: ApprovalPolicy | undefined,
  spec: OperationSpec,
  params: CheckedParams<'job.start'>,
  user: string,
): Pick<JobEventBody & { kind: 'job-started' }, 'approval'> {
  const steps = stepsOf(spec);
  const change = steps.findIndex((step) => step.policy.irreversible && !step.policy.readOnly);
  if (!policy?.needed || change < 0) return {};
  if (!steps.slice(0, change).some(({ use }) => askShapeOf(use)?.accepting !== undefined)) {
    throw new PutError('operation-invalid', `${spec.title} shows nothing that another person could approve`);
  }
  const bound = params.answers?.['bound'] !== undefined;
  const before = bound ? policy.planFiles.ofOther(planFileDigest(params), user) : undefined;
  return { approval: before ? { before } : {} };
}
