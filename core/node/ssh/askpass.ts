import { constants, watch, type FSWatcher } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Runs for each question of ssh (SSH_ASKPASS): puts the question into the folder that it lies in and reads the answer from a
 * pipe beside it, so that no secret stands in an argument, an environment or a file. A notice that wants no answer, such as
 * the touch of a token, passes.
 */
const SCRIPT = `#!/bin/sh
[ "$SSH_ASKPASS_PROMPT" = none ] && exit 0
umask 077
folder=\${0%/*}
mkfifo "$folder/answer.$$" || exit 1
printf '%s' "$1" > "$folder/new.$$" && mv "$folder/new.$$" "$folder/question.$$" || exit 1
answer=$(cat "$folder/answer.$$")
case "$answer" in
  =*) printf '%s\\n' "\${answer#=}" ;;
  *) exit 1 ;;
esac
`;
const PIPE_TRIES = 100;
const PIPE_WAIT_MS = 20;

/** Where the questions of one ssh process are answered. */
export interface Askpass {
  /** For the environment of ssh. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes the folder; a question under way gets no answer. */
  close(): Promise<void>;
}

/** Answers into a pipe; a reader that went away gets nothing, and nothing waits for it. */
async function answerInto(pipe: string, text: string): Promise<void> {
  for (let tries = 0; tries < PIPE_TRIES; tries++) {
    try {
      const handle = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      await handle.writeFile(text);
      await handle.close();
      return;
    } catch (error) {
      // The script has not opened its end yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') return;
    }
    await wait(PIPE_WAIT_MS);
  }
}

/** A folder of this user alone with the script that ssh calls; `answer` is asked for each question, in its words. */
export async function openAskpass(answer: (prompt: string) => Promise<string | undefined>): Promise<Askpass> {
  const folder = await mkdtemp(join(tmpdir(), 'put-ask-'));
  const script = join(folder, 'askpass');
  await writeFile(script, SCRIPT, { mode: 0o700 });
  const taken = new Set<string>();
  const take = async (name: string): Promise<void> => {
    const pid = /^question\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || taken.has(pid)) return;
    const prompt = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (prompt === undefined || taken.has(pid)) return;
    taken.add(pid);
    const given = await answer(prompt).catch(() => undefined);
    await answerInto(join(folder, `answer.${pid}`), given === undefined ? '\n' : `=${given}\n`);
  };
  const watcher: FSWatcher = watch(folder, (_event, name) => {
    if (name !== null) void take(name);
  });
  watcher.on('error', () => {});
  return {
    env: { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: process.env['DISPLAY'] ?? ':0' },
    async close() {
      watcher.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
