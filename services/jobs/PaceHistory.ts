import type { JobSummary } from '../../core/model/job.ts';
import type { StepPace, StepPaces } from '../../core/model/timeLeft.ts';
import type { statementsOf } from '../state/statements.ts';

/** Jobs of an operation whose times are kept; the oldest go first. */
const JOBS_KEPT = 20;

/** Made when it is not there, since nothing depends on it. */
export const PACES_SCHEMA = `
CREATE TABLE IF NOT EXISTS paces (
  operation_id TEXT NOT NULL,
  job_number INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (operation_id, job_number)
) STRICT, WITHOUT ROWID;
`;

/** How long the steps of operations took in the last jobs of this system: a row a job, so that no event of a former job is read for it. */
export class PaceHistory {
  readonly #sql: ReturnType<typeof statementsOf>;
  readonly #known = new Map<string, StepPaces>();

  constructor(sql: ReturnType<typeof statementsOf>) {
    this.#sql = sql;
  }

  /** Keeps what a job showed that ends; within the transaction of its end. */
  keep({ operationId, jobNumber }: Pick<JobSummary, 'operationId' | 'jobNumber'>, paces: StepPaces): void {
    if (Object.keys(paces).length === 0) return;
    this.#sql('INSERT OR REPLACE INTO paces VALUES (?, ?, ?)').run(operationId, jobNumber, JSON.stringify(paces));
    this.#sql(
      `DELETE FROM paces WHERE operation_id = ?1 AND job_number NOT IN
         (SELECT job_number FROM paces WHERE operation_id = ?1 ORDER BY job_number DESC LIMIT ?2)`,
    ).run(operationId, JOBS_KEPT);
    this.#known.delete(operationId);
  }

  /** The transaction came to nothing. */
  rolledBack(): void {
    this.#known.clear();
  }

  /** The same object until there is more. A row that cannot be read tells nothing. */
  of(operationId: string): StepPaces {
    const known = this.#known.get(operationId);
    if (known) return known;
    const rows = this.#sql('SELECT body FROM paces WHERE operation_id = ? ORDER BY job_number').all(
      operationId,
    ) as unknown as { body: string }[];
    const paces: Record<string, StepPace[]> = {};
    for (const { body } of rows) {
      for (const [stepId, ofStep] of Object.entries(readPaces(body))) (paces[stepId] ??= []).push(...ofStep);
    }
    this.#known.set(operationId, paces);
    return paces;
  }
}

const isPace = (value: unknown): value is StepPace => {
  const { ms, nodes, atOnce } = (value ?? {}) as Partial<StepPace>;
  return [ms, nodes, atOnce].every((one) => typeof one === 'number' && one >= 0);
};

function readPaces(body: string): StepPaces {
  try {
    const paces = JSON.parse(body) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(paces).map(([stepId, ofStep]) => [stepId, Array.isArray(ofStep) ? ofStep.filter(isPace) : []]),
    );
  } catch {
    return {};
  }
}
