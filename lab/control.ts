import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { errorOf, PutError, type ErrorReport } from '../core/protocol/errors.ts';
import type { LabNode } from './Lab.ts';
import type { LabFault } from './labFaults.ts';
import { labCache } from './labRoot.ts';

/** What the keeper of a lab is asked. */
export type ControlRequest =
  { readonly verb: 'status' | 'down' } | { readonly verb: 'fault'; readonly nodeId: string; readonly fault: LabFault };

export type ControlAnswer =
  | { readonly said: string }
  | { readonly error: ErrorReport }
  | {
      readonly nodes: readonly (LabNode & { readonly on: boolean })[];
      readonly folder: string;
      readonly enter: readonly string[];
    };

/** What the keeper tells the process that started it. */
export type KeeperMessage = { readonly said: string } | { readonly ready: true } | { readonly error: ErrorReport };

/** Names the lab that is up. */
export function currentLabFile(): string {
  return join(labCache(), 'current.json');
}

/** The lab that is up, if one is; what a killed keeper left is taken away. */
export function currentLab(): { readonly control: string; readonly pid: number } | undefined {
  const file = currentLabFile();
  if (!existsSync(file)) return undefined;
  const found = JSON.parse(readFileSync(file, 'utf8')) as { control: string; pid: number };
  try {
    process.kill(found.pid, 0);
    if (existsSync(found.control)) return found;
  } catch {
    // Its namespaces ended with it; only the folder is left.
    rmSync(join(found.control, '..'), { recursive: true, force: true });
  }
  rmSync(file, { force: true });
  return undefined;
}

/** Asks the lab that is up. Throws `usage` where none is, and what it answers. */
export function askLab(request: ControlRequest): Promise<Exclude<ControlAnswer, { error: ErrorReport }>> {
  const current = currentLab();
  if (!current) throw new PutError('usage', 'no lab is up; bring one up with: npm run lab -- up 8');
  return new Promise((resolve, reject) => {
    const socket = connect(current.control);
    let text = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => (text += bytes.toString('utf8')));
    socket.on('end', () => {
      const answer = JSON.parse(text) as ControlAnswer;
      if ('error' in answer) reject(errorOf(answer.error));
      else resolve(answer);
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}
