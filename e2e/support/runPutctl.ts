import { spawn } from 'node:child_process';

/** How a run of putctl ended, with all that it printed. */
export interface PutctlRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs putctl as an engineer does, in a process of its own, to its end. `script`: the built one, or its source. */
export function runPutctl(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<PutctlRun> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
