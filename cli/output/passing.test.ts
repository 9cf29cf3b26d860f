import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../testing/passingInTerminal.ts', import.meta.url));

/** What a person sees in the end: the sequences that putctl writes move the cursor up and clear lines, no others. */
function screenOf(bytes: string): string[] {
  const rows = [''];
  let [x, y] = [0, 0];
  for (const [part] of bytes.matchAll(/\u001b\[\d*[A-Za-z]|[\s\S]/g)) {
    if (part === '\u001b[1A') y--;
    else if (part === '\u001b[2K') rows[y] = '';
    else if (part.length > 1) throw new Error(`another sequence: ${JSON.stringify(part)}`);
    else if (part === '\r') x = 0;
    else if (part === '\n') {
      y++;
      rows[y] ??= '';
    } else {
      const row = (rows[y] ?? '').padEnd(x);
      rows[y] = row.slice(0, x) + part + row.slice(x + 1);
      x++;
    }
    if (y < 0) throw new Error('above the screen');
  }
  return rows.filter((row) => row.trim() !== '');
}

describe.skipIf(!existsSync('/usr/bin/script'))('progress in place, in a real terminal', () => {
  const run = (columns: number, env: NodeJS.ProcessEnv = {}): { rows: string[]; bytes: string } => {
    const command = `stty cols ${columns}; exec '${process.execPath}' '${PROGRAM}'`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', NO_COLOR: '', ...env },
      timeout: 60_000,
    });
    return { rows: screenOf(stdout), bytes: stdout };
  };

  it.each([40, 80])('leaves notes and the result alone, at %i columns', (columns) => {
    const { rows, bytes } = run(columns);
    expect(rows).toEqual(['a note that stays', `${columns} columns, colour`]);
    // It was shown, and no line of it was so long that the terminal would have broken it.
    expect(bytes).toContain('first line at 100 %');
    const lines = bytes.split(/\r|\n|\u001b\[\d*[AK]/);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThan(columns);
  });

  it('keeps to NO_COLOR', () => {
    expect(run(80, { NO_COLOR: '1' }).rows.at(-1)).toBe('80 columns, no colour');
  });
});
