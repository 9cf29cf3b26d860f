import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { TextFile } from '../../core/workbench/systemsStore.ts';

/** Where newer versions of the desktop are looked for: a folder (a share, a memory stick) or a server. */
export type UpdateSource = { readonly folder: string } | { readonly server: string };

const fileSchema = z.object({ version: z.literal(1), from: z.string().max(2000).optional() });

/**
 * The source that a text names: an absolute folder, or an address with https. Throws a sentence for the person where it is neither: over plain
 * http anybody on the way could give another program.
 */
export function parseUpdateSource(text: string): UpdateSource {
  if (isAbsolute(text)) return { folder: text };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(`"${text}" is neither an absolute folder nor an address.`);
  }
  if (url.protocol !== 'https:') throw new Error(`"${text}" must begin with https:// or be an absolute folder.`);
  if (url.username !== '' || url.password !== '')
    throw new Error('An address of updates has no user name or password.');
  return { server: url.href };
}

export const updateSourceText = (source: UpdateSource): string => ('folder' in source ? source.folder : source.server);

/** What is remembered; undefined while updates are off, which they are at first. Throws what `parseUpdateSource` says, or that the file is damaged. */
export async function readUpdateSource(file: TextFile): Promise<UpdateSource | undefined> {
  const text = await file.read();
  if (text === undefined) return undefined;
  let from: string | undefined;
  try {
    ({ from } = fileSchema.parse(JSON.parse(text)));
  } catch {
    throw new Error('The file that names the source of updates cannot be read.');
  }
  return from === undefined ? undefined : parseUpdateSource(from);
}

/** Remembers the source, or that updates are off. */
export async function writeUpdateSource(file: TextFile, source: UpdateSource | undefined): Promise<void> {
  const from = source && updateSourceText(source);
  await file.write(`${JSON.stringify({ version: 1, ...(from === undefined ? {} : { from }) })}\n`);
}
