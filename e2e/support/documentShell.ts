import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SAMPLES_FOLDER } from './samples.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const TREE = fileURLToPath(new URL('../..', import.meta.url));
const SYSTEMCTL = fileURLToPath(new URL('systemctl.sh', import.meta.url));
const COMMAND_DEADLINE_MS = 120_000;
/** Ends what one command printed; no command of a document prints it. */
const MARK = '\u0001end of command';

/** One command of a document. */
export interface DocumentCommand {
  readonly text: string;
  /** Line of the document, from 1. */
  readonly line: number;
  /** Exit code that the document promises: `# exit 2` behind the command; 0 without it. */
  readonly exitCode: number;
  /** What the document promises to be printed: `# prints TEXT` in the line before the command. */
  readonly prints: string | undefined;
}

/** What one command did: its exit code, and its two outputs as one text. */
export interface CommandOutcome {
  readonly exitCode: number;
  readonly output: string;
}

/** The commands of the ```sh blocks of a document, in their order. A backslash at the end of a line goes on with the next one. */
export function commandsOf(markdown: string): DocumentCommand[] {
  const commands: DocumentCommand[] = [];
  let inside = false;
  let begun: { text: string; line: number } | undefined;
  let prints: string | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (/^\s*```/.test(line)) {
      inside = !inside && /^\s*```sh\s*$/.test(line);
      prints = undefined;
      continue;
    }
    if (!inside || (begun === undefined && line.trim() === '')) continue;
    if (begun === undefined && line.trimStart().startsWith('#')) {
      prints = /^\s*# prints (.+)$/.exec(line)?.[1];
      continue;
    }
    begun = { text: begun === undefined ? line.trim() : `${begun.text}\n${line}`, line: begun?.line ?? index + 1 };
    if (line.endsWith('\\')) continue;
    const promised = /\s+# exit (\d+)$/.exec(begun.text);
    const text = promised ? begun.text.slice(0, promised.index) : begun.text.replace(/\s+# [^'"]*$/, '');
    commands.push({ text, line: begun.line, exitCode: Number(promised?.[1] ?? 0), prints });
    begun = undefined;
    prints = undefined;
  }
  return commands;
}

/** Why documents cannot be run here; undefined where they can: it takes Linux, root and network and mount namespaces. */
export function whyNoDocumentShell(): string | undefined {
  const tried = spawnSync('unshare', [
    '--net',
    '--mount',
    '--fork',
    'sh',
    '-c',
    'ip link set lo up && mount -t tmpfs t /media',
  ]);
  return tried.status === 0 ? undefined : 'running the commands of documents needs Linux, root and namespaces';
}

/**
 * A shell as the documents suppose it: `putctl` and `putservices` are commands, an empty home, the ports of this machine free, the two
 * sample releases in /media/release-17.10 and /media/release-17.20, the source tree in ~/put-desktop, and `systemctl` (a stand-in, systemctl.sh, that
 * starts what a unit says, as the user that it says, without its confinement). It has a network of its own, and what it writes below /media, /run, /etc, /usr and /var
 * is gone with it. A command that ends in `&` has begun when it says that it is ready.
 */
export async function openDocumentShell(): Promise<{
  run(command: string): Promise<CommandOutcome>;
  close(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'put-document-'));
  const bin = join(folder, 'bin');
  const home = join(folder, 'home');
  for (const each of [bin, home]) mkdirSync(each);
  symlinkSync(TREE, join(home, 'put-desktop'));
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const program of ['putctl', 'putservices']) {
    const file = join(bin, program);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${join(DIST, `${program}.js`)}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  const child = spawn(
    'unshare',
    ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', '--norc'],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: home,
      env: { PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: home, LANG: 'C.UTF-8', TERM: 'dumb' },
    },
  );
  let heard = '';
  let onText: () => void = () => {};
  const take = (text: string): void => {
    heard += text;
    onText();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const ended = once(child, 'close').then(() => onText());

  const run = (command: string): Promise<CommandOutcome> =>
    new Promise((resolve, reject) => {
      heard = '';
      const timer = setTimeout(() => {
        onText = () => {};
        reject(new Error(`no end within ${COMMAND_DEADLINE_MS / 1000} s: ${command}\n${heard}`));
      }, COMMAND_DEADLINE_MS);
      onText = () => {
        const end = new RegExp(`${MARK} (\\d+)\\n`).exec(heard);
        if (!end && child.exitCode === null) return;
        clearTimeout(timer);
        onText = () => {};
        if (end) resolve({ exitCode: Number(end[1]), output: heard.slice(0, end.index) });
        else reject(new Error(`the shell ended: ${command}\n${heard}`));
      };
      child.stdin.write(`${inBackground(command)}\nprintf '%s %s\\n' '${MARK}' "$?"\n`);
    });

  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const prepared = await run(
    [
      'exec 2>&1',
      'ip link set lo up',
      'mount -t tmpfs tmpfs /mnt',
      ...['etc', 'usr', 'var'].flatMap((name) => [
        `mkdir -p /mnt/${name}/upper /mnt/${name}/work`,
        `mount -t overlay overlay -o lowerdir=/${name},upperdir=/mnt/${name}/upper,workdir=/mnt/${name}/work /${name}`,
      ]),
      // What scripts of packages look for to know that systemd runs.
      'mount -t tmpfs tmpfs /run',
      'mkdir -p /run/systemd/system',
      `install -m 755 '${SYSTEMCTL}' /usr/bin/systemctl`,
      'mount -t tmpfs tmpfs /media',
      `cp -r '${join(SAMPLES_FOLDER, 'release-1')}' /media/release-17.10`,
      `cp -r '${join(SAMPLES_FOLDER, 'release-2')}' /media/release-17.20`,
    ].join(' && '),
  );
  if (prepared.exitCode !== 0) {
    await close();
    throw new Error(`the shell could not be prepared: ${prepared.output}`);
  }
  return { run, close };
}

/** A service of a document is waited for until it says that it is ready, or ends. */
function inBackground(command: string): string {
  if (!command.endsWith('&')) return command;
  return [
    'said=$(mktemp)',
    `${command.slice(0, -1)} >"$said" 2>&1 </dev/null &`,
    'while kill -0 $! 2>/dev/null && ! grep -q "is ready on" "$said"; do sleep 0.1; done',
    'cat "$said"',
    'kill -0 $!',
  ].join('\n');
}
