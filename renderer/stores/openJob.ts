import type { StepScreen } from '../../core/model/job.ts';
import type { JobHead, StepPart } from '../../core/model/jobParts.ts';

/** The head of a job with what is watched of its steps beside it: the current one, and the one that is looked at. */
export interface OpenJob extends Omit<JobHead, 'screen'> {
  /** The screen that waits for a person; absent until it has come. */
  readonly screen?: StepScreen | undefined;
  /** A screen waits for a person and has not come yet. */
  readonly screenComes: boolean;
  /** Answers of the watched steps, by step id. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** `parts`: of the watched steps, by step id. A screen of another version than the head's is not the one that a person is asked to answer. */
export function openJob(head: JobHead, parts: Readonly<Record<string, StepPart | undefined>>): OpenJob {
  const { screen: asked, ...rest } = head;
  const part = asked && parts[asked.stepId];
  const screen = part?.version === asked?.version ? part?.screen : undefined;
  return {
    ...rest,
    ...(screen ? { screen } : {}),
    screenComes: asked !== undefined && screen === undefined,
    inputs: Object.fromEntries(
      Object.entries(parts).flatMap(([stepId, one]) => (one?.input === undefined ? [] : [[stepId, one.input]])),
    ),
  };
}
