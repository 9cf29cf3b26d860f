import type { Asking } from './asking.ts';
import { requestId } from './requestId.ts';
import type { AppStore } from './store.ts';
import type { Place } from './viewSlice.ts';
import { without } from './without.ts';
import { draftKey, type AnswerCheck } from './workSlice.ts';

const CHECK_DELAY_MS = 150;

/** Jobs: begun, answered, decided about, and talked about. */
export function createJobActions(
  { getState: get, setState: set }: AppStore,
  { invoke, askMaster, seenOfJob }: Asking,
  go: (place: Place) => void,
) {
  let checkTimer: ReturnType<typeof setTimeout> | undefined;
  let checkRun = 0;

  return {
    /** Finds out which operations the master has. */
    listOperations: async (systemId: string): Promise<void> => {
      const found = await askMaster(`operations:${systemId}`, systemId, 'operation.list', {});
      if (!found) return;
      set((state) => ({
        operations: { ...state.operations, [systemId]: found.operations },
        masterZones: { ...state.masterZones, [systemId]: found.timeZone },
      }));
    },
    startJob: async (systemId: string, operationId: string, settings?: Record<string, unknown>): Promise<boolean> => {
      const params = { jobId: requestId('job-'), operationId, ...(settings ? { settings } : {}) };
      const answer = await askMaster('job.start', systemId, 'job.start', params);
      if (answer) go({ kind: 'job', systemId, jobId: answer.jobId });
      return answer !== undefined;
    },
    /** Asks the master to judge a draft, a moment after the last change. */
    checkAnswer: (systemId: string, jobId: string, stepId: string, attempt: number, answer: unknown): void => {
      const key = draftKey(jobId, stepId, attempt);
      const put = (check: AnswerCheck): void => set((state) => ({ checks: { ...state.checks, [key]: check } }));
      put({ ...get().checks[key], pending: true, problems: get().checks[key]?.problems ?? [] });
      clearTimeout(checkTimer);
      checkRun += 1;
      const thisRun = checkRun;
      checkTimer = setTimeout(() => {
        const input = answer as Record<string, unknown>;
        void askMaster(`check:${jobId}`, systemId, 'job.checkAnswer', { jobId, stepId, input }).then((found) => {
          if (thisRun !== checkRun) return;
          if (found) put({ pending: false, ...found });
          else set((state) => ({ checks: without(state.checks, key) }));
        });
      }, CHECK_DELAY_MS);
    },
    answerStep: (systemId: string, jobId: string, attempt: number, input: Record<string, unknown>) =>
      askMaster(`step:${jobId}`, systemId, 'job.answer', {
        jobId,
        seen: { ...seenOfJob(systemId, jobId), attempt },
        input,
      }),
    goBack: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.back', { jobId, seen: seenOfJob(systemId, jobId) }),
    continueJob: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.continue', { jobId, seen: seenOfJob(systemId, jobId) }),
    approveJob: (systemId: string, jobId: string, digest: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.approve', { jobId, digest }),
    withdrawApproval: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.withdrawApproval', { jobId }),
    beginNow: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.beginNow', { jobId, seen: seenOfJob(systemId, jobId) }),
    /** Gives the job another time in which it may begin; null takes one away. */
    setWindow: (
      systemId: string,
      jobId: string,
      change: { notBefore: string | null; notAfter: string | null; reason: string },
    ) => askMaster(`step:${jobId}`, systemId, 'job.setWindow', { jobId, seen: seenOfJob(systemId, jobId), ...change }),
    confirmNodes: (systemId: string, jobId: string) => askMaster(`step:${jobId}`, systemId, 'job.confirm', { jobId }),
    pauseJob: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.pause', { jobId, seen: seenOfJob(systemId, jobId) }),
    resumeJob: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.resume', { jobId, seen: seenOfJob(systemId, jobId) }),
    /** Asks the running job to stop before a wave (from 2), or takes that back. */
    stopBeforeWave: (systemId: string, jobId: string, beforeWave: number, stop: boolean) =>
      askMaster(`step:${jobId}`, systemId, stop ? 'job.pause' : 'job.resume', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), beforeWave },
      }),
    holdNodes: (systemId: string, jobId: string, nodeIds: readonly string[], reason: string) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.hold', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), nodeIds: [...nodeIds], reason },
      }),
    releaseNodes: (systemId: string, jobId: string, nodeIds: readonly string[]) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.release', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), nodeIds: [...nodeIds] },
      }),
    cancelJob: (systemId: string, jobId: string, choice: 'restart-step' | 'exit', startServices = false) =>
      askMaster(`step:${jobId}`, systemId, 'job.cancel', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        choice,
        ...(startServices ? { startServices } : {}),
      }),
    previewRollback: (systemId: string, jobId: string, which: { nodeIds?: string[]; wave?: number }) =>
      askMaster(`rollback:${jobId}`, systemId, 'job.rollbackPreview', { jobId, ...which }),
    rollback: (systemId: string, jobId: string, what: { nodeIds?: string[]; wave?: number; reason: string }) =>
      askMaster(`step:${jobId}`, systemId, 'job.rollback', { jobId, seen: seenOfJob(systemId, jobId), ...what }),
    /** The answers that the job was given answer again, from the step where they stopped. */
    resumeAnswers: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.setAnswers', { jobId, seen: seenOfJob(systemId, jobId) }),
    takeBaton: (systemId: string, jobId: string, reason: string) =>
      askMaster(`baton:${jobId}`, systemId, 'job.takeBaton', { jobId, seen: seenOfJob(systemId, jobId), reason }),
    retryNodes: (systemId: string, jobId: string, stepId: string, nodeIds: readonly string[]) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.retry', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        stepId,
        nodeIds: [...nodeIds],
      }),
    acceptWarnings: (systemId: string, jobId: string, stepId: string, nodeIds: readonly string[]) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.accept', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), stepId, nodeIds: [...nodeIds] },
      }),
    giveUp: (systemId: string, jobId: string, what: { stepId: string; nodeIds: string[]; reason: string }) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.giveUp', { jobId, seen: seenOfJob(systemId, jobId), ...what }),
    ignoreNodes: (
      systemId: string,
      jobId: string,
      ignore: { stepId: string; nodeIds: readonly string[]; packageName?: string | undefined; reason: string },
    ) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.ignore', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        stepId: ignore.stepId,
        nodeIds: [...ignore.nodeIds],
        reason: ignore.reason,
        ...(ignore.packageName === undefined ? {} : { packageName: ignore.packageName }),
      }),
    undoIgnore: (
      systemId: string,
      jobId: string,
      ignored: { stepId: string; nodeIds: readonly string[]; packageName?: string | undefined },
    ) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.undoIgnore', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        ...{ stepId: ignored.stepId, nodeIds: [...ignored.nodeIds] },
        ...(ignored.packageName === undefined ? {} : { packageName: ignored.packageName }),
      }),
    say: (systemId: string, text: string, jobId: string | undefined) =>
      askMaster('chat', systemId, 'chat.say', {
        messageId: requestId('msg-'),
        text,
        ...(jobId === undefined ? {} : { jobId }),
      }),

    olderTimeline: (systemId: string) => invoke('chat', 'timeline.older', { systemId }),
  };
}
