import { z } from 'zod';
import { PutError } from '../../core/protocol/errors.ts';
import { jsonIn } from '../../core/workbench/newerFile.ts';
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

/**
 * What the pages of the windows keep, in a file of the program: the browser writes its own storage seconds later, and a kill would take what a person chose in them. Each
 * change is written at once; those that come while one is written go together.
 */
export function createKeptTexts(
  file: TextFile,
  tell: (message: string) => void,
): Pick<OwnSettingsPort, 'keptTexts' | 'keepText'> {
  let texts: Readonly<Record<string, string>> = {};
  const fault = (error: unknown): void => tell(`kept: ${error instanceof Error ? error.message : String(error)}`);
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

  const write = (): Promise<void> => {
    if (next) return next;
    next = writing
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return file.write(`${JSON.stringify({ version: 1, texts })}\n`);
      });
    next.catch(fault);
    return (writing = next);
  };
  return {
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
