import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import { replaceFile } from '../../core/node/replaceFile.ts';
import { storageFault } from '../state/storageFault.ts';
import type { ApprovedBefore } from '../sequencer/events.ts';

/** Approvals that are kept; the oldest go first. */
const MOST = 1_000;

const fileSchema = z.strictObject({
  version: z.literal(1),
  approvals: z.array(z.strictObject({ digest: z.string(), user: z.string(), atMs: z.number() })).max(MOST),
});

/** Plan files that somebody approved for jobs to come, by digest; kept in the state folder. */
export class PlanApprovals {
  readonly #path: string;
  #approvals: readonly ApprovedBefore[];
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, approvals: readonly ApprovedBefore[]) {
    this.#path = path;
    this.#approvals = approvals;
  }

  /** Reads the file; none is there before the first approval. @throws PutError state-damaged, or what the file system says */
  static async open(path: string): Promise<PlanApprovals> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new PlanApprovals(path, []);
      throw storageFault(error, path, 'state-unwritable');
    }
    try {
      return new PlanApprovals(path, fileSchema.parse(JSON.parse(text)).approvals);
    } catch (error) {
      const message = `${path} cannot be read; moved away, the plan files that it names are approved no more`;
      throw new PutError('state-damaged', message, { path }, { cause: error });
    }
  }

  /** The approval of a plan file by somebody else than `user`; the first one. */
  ofOther(digest: string, user: string): ApprovedBefore | undefined {
    return this.#approvals.find((one) => one.digest === digest && one.user !== user);
  }

  /** Keeps an approval; one that is there stays as it is. Answers false where it was. @throws PutError where it cannot be written */
  add(approval: ApprovedBefore): Promise<boolean> {
    const { digest, user } = approval;
    return this.#change((approvals) =>
      approvals.some((one) => one.digest === digest && one.user === user) ? undefined : [...approvals, approval],
    );
  }

  /** Takes the approval of a plan file by `user` away. Answers false where there is none. @throws PutError where it cannot be written */
  remove(digest: string, user: string): Promise<boolean> {
    return this.#change((approvals) => {
      const left = approvals.filter((one) => one.digest !== digest || one.user !== user);
      return left.length === approvals.length ? undefined : left;
    });
  }

  /** One change after the other; `changed` answers undefined where there is nothing to change. */
  #change(changed: (approvals: readonly ApprovedBefore[]) => readonly ApprovedBefore[] | undefined): Promise<boolean> {
    const work = this.#writing.then(async () => {
      const approvals = changed(this.#approvals)?.slice(-MOST);
      if (!approvals) return false;
      try {
        await replaceFile(this.#path, `${JSON.stringify({ version: 1, approvals }, undefined, 1)}\n`);
      } catch (error) {
        throw storageFault(error, this.#path, 'state-unwritable');
      }
      this.#approvals = approvals;
      return true;
    });
    this.#writing = work.catch(() => undefined);
    return work;
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#writing;
  }
}
