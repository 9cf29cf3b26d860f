import { z } from 'zod';
import { PutError, reportOf } from '../protocol/errors.ts';
import { faultOf, placeText } from '../protocol/schemaWords.ts';
import { isOfNewer, jsonIn, refuseNewer } from './newerFile.ts';
import type { TextFile } from './systemsStore.ts';

/** Entries by key in a file of version 1, each for itself: one that cannot be used takes nothing from the others and stays as it is. */
export interface EntriesFile<T> {
  readonly path: string;
  get(key: string): Promise<T | undefined>;
  /** Whether there is one, usable or not. */
  has(key: string): Promise<boolean>;
  /** A file that cannot be read is set aside first. Throws `credentials-unavailable` where a newer version wrote it. */
  set(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  /** Throws as `set` does where a newer version wrote the file. */
  requireOurs(): Promise<void>;
}

/** Tells each thing the first time alone: a file is read many times. */
export function tellOnce(tell: (problem: string) => void): (problem: string) => void {
  const told = new Set<string>();
  return (problem) => {
    if (told.has(problem)) return;
    told.add(problem);
    tell(problem);
  };
}

type Entries = Readonly<Record<string, unknown>>;

/**
 * The entries under `name` of a file. What cannot be read of it counts as absent: it only costs signing in again. `tell` hears once of each such thing, and where a damaged
 * file was set aside.
 */
export function createEntriesFile<T>(
  file: TextFile,
  name: string,
  schema: z.ZodType<T>,
  tell: (problem: string) => void,
): EntriesFile<T> {
  const fileSchema = z.object({ version: z.literal(1), [name]: z.record(z.string(), z.unknown()) });
  const say = tellOnce(tell);
  /** Undefined: it is damaged. */
  const entriesIn = (text: string | undefined): Entries | undefined => {
    if (text === undefined || isOfNewer(text)) return {};
    return fileSchema.safeParse(jsonIn(text)).data?.[name] as Entries | undefined;
  };
  const damaged = `${file.path} cannot be read, so nothing that is kept in it is used: sign in again`;
  /** Undefined where there is none; what is no text is told, and as none. */
  const textNow = async (): Promise<string | undefined> => {
    try {
      return await file.read();
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'config-unreadable') throw error;
      say(`${reportOf(error).message}: nothing that is kept in it is used: sign in again`);
      return undefined;
    }
  };
  const read = async (): Promise<Entries> => {
    const entries = entriesIn(await textNow());
    if (!entries) say(damaged);
    return entries ?? {};
  };
  const write = (change: (entries: Entries) => Entries): Promise<void> =>
    file.update((text) => {
      refuseNewer(text, file.path);
      return `${JSON.stringify({ version: 1, [name]: change(entriesIn(text) ?? {}) }, undefined, 2)}\n`;
    });
  const has = async (key: string): Promise<boolean> => Object.hasOwn(await read(), key);
  return {
    path: file.path,
    has,
    async get(key) {
      const entries = await read();
      if (!Object.hasOwn(entries, key)) return undefined;
      const result = schema.safeParse(entries[key]);
      if (result.success) return result.data;
      const { path, message } = faultOf(result.error);
      say(`${file.path}: ${placeText([name, key, ...path])}: ${message}: sign in again; the others are used`);
      return undefined;
    },
    async set(key, value) {
      const aside = await file.setAside((text) => entriesIn(text) === undefined);
      if (aside !== undefined) say(`${file.path} could not be read and is kept as ${aside}`);
      await write((entries) => ({ ...entries, [key]: value }));
    },
    async delete(key) {
      if (await has(key)) await write(({ [key]: _gone, ...others }) => others);
    },
    requireOurs: async () => refuseNewer(await textNow(), file.path),
  };
}
