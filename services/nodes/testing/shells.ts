import { spawnSync } from 'node:child_process';

/** What is /bin/sh somewhere; those that are here. */
export const SHELLS: readonly string[] = ['dash', 'bash --posix', 'busybox sh', 'ksh'].filter(
  (shell) => !spawnSync(shell.split(' ')[0] as string, ['-c', ':']).error,
);
