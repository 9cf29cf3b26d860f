import { z } from 'zod';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { jsonIn } from '../../core/workbench/newerFile.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { OwnSettingsPort } from '../../core/workbench/ports.ts';
import type { TextFile } from '../../core/workbench/systemsStore.ts';

/** What a browser keeps for a page: some 5 MB; keys and texts together, in characters. */
const MOST_CHARS = 5_000_000;
const MOST_TEXTS = 200;

const fileSchema = z.object({ version: z.literal(1), texts: z.record(z.string(), z.unknown()) });

/** Text by text, so that one that cannot be used takes nothing from the others; undefined: the file is damaged. */
function textsIn(text: string): Record<string, string> | undefined {
  const stored = fileSchema.safeParse(jsonIn(text)).data?.texts;
  return (
    stored &&
    Object.fromEntries(
      Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  );
}

/** After a write that failed it is tried again so much later, and twice as long each time, up to the most. */
const TRY_AGAIN_MS = 5_000;
const TRY_AGAIN_MOST_MS = 5 * 60_000;

/**
 * What the pages of the windows keep, in a file of the program: the browser writes its own storage seconds later, and a kill would take what a person chose in them. Each
 * change is written at once; those that come while one is written go together. What could not be written is tried again by itself.
 */
export function createKeptTexts(
  file: TextFile,
  tell: (message: string) => void,
  { setTimer }: Pick<Clock, 'setTimer'>,
): Pick<OwnSettingsPort, 'keptTexts' | 'keepText' | 'onNotKept'> {
  let hear: (why: string | undefined) => void = () => undefined;
  let notKept: string | undefined;
  let againMs = TRY_AGAIN_MS;
  let stopTimer = (): void => undefined;
  let texts: Readonly<Record<string, string>> = {};
  const fault = (error: unknown): void => tell(`kept: ${reportOf(error).message}`);
  const load = async (): Promise<void> => {
    // What is no text is as damaged as one that says nothing.
    const text = await file.read().catch(() => '');
    if (text === undefined) return;
    const found = textsIn(text);
    if (found) return void (texts = found);
    const aside = await file.setAside(() => true);
    tell(`${file.path} could not be read and is kept as ${aside}`);
  };
  const loaded = load().catch(fault);
  let writing: Promise<void> = loaded;
  /** The write that has not begun yet takes all that comes until then. */
  let next: Promise<void> | undefined;

  const isKept = (): void => {
    stopTimer();
    againMs = TRY_AGAIN_MS;
    if (notKept === undefined) return;
    tell('kept: what the windows keep is written again');
    hear((notKept = undefined));
  };
  const isNotKept = (error: unknown): void => {
    stopTimer();
    stopTimer = setTimer(againMs, () => void write().catch(() => undefined));
    againMs = Math.min(TRY_AGAIN_MOST_MS, 2 * againMs);
    // Told once, not at each try.
    if (notKept === undefined) {
      fault(error);
      hear((notKept = reportOf(error).message));
    }
  };
  const write = (): Promise<void> => {
    if (next) return next;
    next = writing
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return file.write(`${JSON.stringify({ version: 1, texts })}\n`);
      });
    next.then(isKept, isNotKept);
    return (writing = next);
  };
  return {
    onNotKept(listener) {
      hear = listener;
      if (notKept !== undefined) listener(notKept);
    },
    keptTexts: () => loaded.then(() => texts),
    async keepText(key, text) {
      await loaded;
      if (texts[key] === text) return await writing;
      const { [key]: _before, ...others } = texts;
      const changed = text === undefined ? others : { ...others, [key]: text };
      const entries = Object.entries(changed);
      const chars = entries.reduce((sum, [name, kept]) => sum + name.length + kept.length, 0);
      if (entries.length > MOST_TEXTS || chars > MOST_CHARS)
        throw new PutError(
          'bridge-refused',
          `pages keep at most ${MOST_TEXTS} texts of ${MOST_CHARS} characters together`,
        );
      texts = changed;
      await write();
    },
  };
}
