import { stepIds, type StepId } from '../../core/model/operation.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { parsedBy } from '../launch.ts';

/** A step by its id or title. */
export const step = parsedBy((text: string): StepId => {
  const wanted = text.trim().toLowerCase().replaceAll(' ', '-').replace(/!$/, '');
  const found = stepIds().find((stepId) => stepId === wanted);
  if (!found) throw new PutError('usage', `there is no step ${text}; there are ${stepIds().join(', ')}`);
  return found;
});

/** A wave by its number, from 1. */
export const waveNumber = parsedBy((text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new PutError('usage', `${text} is no wave; waves are counted from 1`);
});

/** What changes a job may take it over from the person who drives it, for a reason. */
export interface BatonOptions {
  readonly takeBaton?: string | undefined;
}

/** The argument of commands that change a job. */
export const JOB_ARGUMENT = 'number or id (default: the running job)';
