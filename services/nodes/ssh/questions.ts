import { ownTurn } from './ownTurn.ts';

/*
 * Questions to a node are parts of one script, whose answers stand between lines that carry a mark, so that nothing that a program prints is taken for another
 * one's. A process costs more than all else there, and after it each line that is written by itself, which goes over the line as a packet of its own: what the
 * shell can do by itself is done so, and what it has to say is gathered in a variable and written at once. The script runs in the shell that waits for it; so
 * it ends by nothing but its end, and its variables and functions have names (`put_`) that no environment has.
 */

/** Parts of a script, by the names that their answers have; each says what it has to say by `put_add LINE`, and what a program says after `put_flush`. */
export type ScriptParts = Readonly<Record<string, string>>;

/** Looks at files: device, number, size and time of the last change, which nobody can set. */
export const LOOK = "stat -L -c '%d:%i:%s:%z %n'";

/** The boot of the node into `put_boot`. No shell is there longer than its boot, so that each reads it once. */
export const READ_BOOT = '[ -n "$put_boot" ] || read -r put_boot </proc/sys/kernel/random/boot_id';

/** A script of parts for a shell that goes on after it. */
export function questionScript(parts: ScriptParts, mark: string): string {
  const texts = Object.entries(parts).map(([name, commands]) => `put_add "$put_end${mark} ${name}"\n${commands}\n`);
  return `{
put_end='
'
put_out=
put_add() { put_out=$put_out$1$put_end; }
put_flush() {
  printf %s "$put_out"
  put_out=
}
${texts.join('')}put_add "$put_end${mark} end"
put_flush
} 2>&1
`;
}

/** What was said to each part. */
export function answersOf(text: string, mark: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(`\n${mark} `)
      .slice(1)
      .map((part): [string, string] => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)];
      }),
  );
}

/** Something that is asked of a node. */
export interface Question<T> {
  readonly deadlineMs: number;
  /** Files that its script needs to have looked at, by `LOOK` into `put_files`. */
  readonly files?: readonly string[] | undefined;
  /** Its script starts the program that looks anyway, and looks at the files of the others too. */
  readonly looks?: boolean | undefined;
  parts(files: readonly string[]): ScriptParts;
  /** @throws NodeFault where the node says why it cannot answer */
  read(answers: ReadonlyMap<string, string>): T;
}

interface Asked {
  readonly question: Question<unknown>;
  readonly resolve: (answers: ReadonlyMap<string, string>) => void;
  readonly reject: (error: unknown) => void;
}

/** One script of all questions. */
export function scriptOf(questions: readonly Question<unknown>[], mark: string): string {
  const files = questions.flatMap((question) => question.files ?? []);
  const looker = questions.find(({ looks }) => looks);
  if (!looker) {
    const look = files.length === 0 ? {} : { look: lookPart(files) };
    return questionScript(Object.assign(look, ...questions.map((question) => question.parts([]))) as ScriptParts, mark);
  }
  // It looks before the others are answered by what was seen.
  const others = questions.filter((question) => question !== looker);
  const parts = [looker.parts(files), ...others.map((question) => question.parts([]))];
  return questionScript(Object.assign({}, ...parts) as ScriptParts, mark);
}

const lookPart = (files: readonly string[]): string => `put_files=$(${LOOK} ${files.join(' ')} 2>/dev/null)`;

let marks = 0;
/** Marks lines of the driver among those of a node. */
export function newMark(): string {
  return `@put-${process.pid}-${Date.now().toString(36)}-${marks++}`;
}

/** Asks questions of one node; those that come at the same moment, on behalf of the same signal, go as one script. */
export class Questions {
  readonly #run: (script: string, until: AbortSignal, deadlineMs: number) => Promise<string>;
  readonly #asked = new Map<AbortSignal, Asked[]>();

  /** `run` answers what a script wrote. */
  constructor(run: (script: string, until: AbortSignal, deadlineMs: number) => Promise<string>) {
    this.#run = run;
  }

  /** `until`: as `signal`, and the end of the driver. @throws what `run` throws, and what the question reads from the answer */
  async ask<T>(question: Question<T>, signal: AbortSignal, until: AbortSignal): Promise<T> {
    const answers = await new Promise<ReadonlyMap<string, string>>((resolve, reject) => {
      const asked = this.#asked.get(signal) ?? [];
      asked.push({ question, resolve, reject });
      if (asked.length > 1) return;
      this.#asked.set(signal, asked);
      // Whoever asks in the same turn comes along.
      void ownTurn().then(() => this.#askAll(signal, until));
    });
    return question.read(answers);
  }

  async #askAll(signal: AbortSignal, until: AbortSignal): Promise<void> {
    const asked = this.#asked.get(signal) ?? [];
    this.#asked.delete(signal);
    const mark = newMark();
    const questions = asked.map(({ question }) => question);
    try {
      const deadlineMs = Math.max(...questions.map((question) => question.deadlineMs));
      const answers = answersOf(await this.#run(scriptOf(questions, mark), until, deadlineMs), mark);
      for (const { resolve } of asked) resolve(answers);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
