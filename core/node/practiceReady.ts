import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PutError } from '../protocol/errors.ts';
import type { PracticeTarget } from '../workbench/ports.ts';

const port = z.number().int().min(1).max(65_535);

/** What putservices says with `--json-ready` on one line of its standard output when it is up. */
const readySchema = z.object({
  ready: z.literal(true),
  ports: z.object({ negotiation: port, service: port, chat: port, web: port }),
  addresses: z.array(z.string()).min(1),
  fingerprint: z.string(),
  practice: z.object({ user: z.string(), passwordFile: z.string() }),
  pid: z.number().int().positive(),
});
export type PracticeReady = z.output<typeof readySchema>;

const signInSchema = z.object({ user: z.string(), password: z.string() });

/** The ready line of a practice system; undefined for any other line. */
export function readReadyLine(line: string): PracticeReady | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return readySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** How to reach and sign in to a practice system that said it is ready; throws `file-unreadable` for its password file. */
export async function practiceTarget(ready: PracticeReady): Promise<PracticeTarget> {
  const { ports, addresses, fingerprint, practice } = ready;
  let signIn: z.output<typeof signInSchema>;
  try {
    signIn = signInSchema.parse(JSON.parse(await readFile(practice.passwordFile, 'utf8')));
  } catch (error) {
    const message = `the sign-in of the practice system cannot be read from ${practice.passwordFile}`;
    throw new PutError('file-unreadable', message, { path: practice.passwordFile }, { cause: error });
  }
  return {
    host: addresses[0] ?? '127.0.0.1',
    ccPort: ports.negotiation,
    sslPort: ports.web,
    servicePort: ports.service,
    chatPort: ports.chat,
    fingerprint,
    ...signIn,
  };
}
