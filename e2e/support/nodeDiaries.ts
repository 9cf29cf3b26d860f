import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface DiaryLine {
  readonly event: string;
  readonly jobId?: string;
  readonly stepId?: string;
  readonly attempt?: number;
}

/**
 * Reads what every practice node wrote down of the work done on it, and names each (node, step) whose work was started twice
 * with neither a probe nor a known end of the first in between.
 */
export async function workStartedTwiceUnprobed(stateFolder: string): Promise<string[]> {
  const folder = join(stateFolder, 'nodes');
  const findings: string[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.journal.jsonl'))) {
    const open = new Map<string, number>();
    const text = await readFile(join(folder, file), 'utf8');
    // A kill may leave half a line at the end; the next start continues on the same line.
    const lines = text.split('\n').flatMap((line) => parseLines(line));
    for (const line of lines) {
      const key = `${line.jobId ?? ''} ${line.stepId ?? ''}`;
      if (line.event === 'probed' || line.event === 'ended') open.delete(key);
      if (line.event === 'started') {
        if (open.has(key)) findings.push(`${file}: ${key} started at attempt ${line.attempt ?? 0} again`);
        open.set(key, line.attempt ?? 0);
      }
    }
  }
  return findings;
}

function parseLines(line: string): DiaryLine[] {
  const at = line.lastIndexOf('{"atMs"');
  if (at < 0) return [];
  try {
    return [JSON.parse(line.slice(at)) as DiaryLine];
  } catch {
    return [];
  }
}
