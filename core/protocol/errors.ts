import { ERROR_CATALOGUE, isErrorCode, type ErrorCode, type Retry, type ErrorKind } from './errorCatalogue.ts';

/** Facts that name the place of an error: a file, a line, an offset, a port, a node. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** An error as it crosses the wire and the bridge; `message` names the place, the catalogue holds cause and next step. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** The one error class of the project: a public code (docs/errors.md), a message that names the place, and details. */
export class PutError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PutError';
    this.code = code;
    this.details = details;
  }

  /** Whether a retry makes sense, from the catalogue. */
  get retry(): Retry {
    return ERROR_CATALOGUE[this.code].retry;
  }

  get kind(): ErrorKind {
    return ERROR_CATALOGUE[this.code].kind;
  }

  /** What the engineer can do next, one sentence from the catalogue. */
  get nextStep(): string {
    return ERROR_CATALOGUE[this.code].nextStep;
  }
}

/** The report of any thrown value; an unknown value becomes `internal` with its message and nothing else. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof PutError) return { code: error.code, message: error.message, details: error.details };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), details: {} };
}

/** A report with what the catalogue says of its code, for who has no catalogue. */
export interface AdvisedReport extends ErrorReport {
  readonly retry: Retry;
  readonly nextStep: string;
}

/** The report of an error with whether a retry makes sense, and the next step. */
export function advisedReport(error: PutError): AdvisedReport {
  return { ...reportOf(error), retry: error.retry, nextStep: error.nextStep };
}

/** Any thrown value as a PutError: one that is none is a fault of ours, `internal`, with the value as its cause. */
export function toPutError(error: unknown): PutError {
  return error instanceof PutError ? error : new PutError('internal', String(error), {}, { cause: error });
}

/** The error that a report describes; an unknown code (a newer peer) becomes `internal` and keeps its name in the message. */
export function errorOf(report: { code: string; message: string; details?: ErrorDetails }): PutError {
  const { code, message, details } = report;
  return isErrorCode(code)
    ? new PutError(code, message, details)
    : new PutError('internal', `${code}: ${message}`, details);
}

/** A switch that handled every case ends here; reaching it is a fault of ours. */
export function assertNever(value: never): never {
  throw new PutError('internal', `unexpected value ${JSON.stringify(value)}`);
}
