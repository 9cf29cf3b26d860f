import { constants } from 'node:os';
import type { CommandExit, WorkState } from '../NodePort.ts';

/** `CODE|killed LOGBYTES`; `-` for the bytes: all that came. A status above 128 is the shell's word for a signal. */
export function exitOf([code, bytes]: readonly string[], logCameTo = 0): CommandExit {
  const number = Number(code);
  const signal = Object.entries(constants.signals).find(([, value]) => value === number - 128)?.[0];
  const logBytes = bytes === '-' ? logCameTo : Number(bytes) || 0;
  if (code === 'killed') return { code: undefined, signal: 'SIGKILL', logBytes };
  return signal === undefined ? { code: number, logBytes } : { code: undefined, signal, logBytes };
}

/** What `lookPart` of `workScripts.ts` told. */
export function workStateOf(text: string): WorkState {
  const [state, ...rest] = text.trim().split(/\s+/);
  if (state === 'ended') return { state: 'ended', exit: exitOf(rest) };
  if (state !== 'running') return { state: 'absent' };
  const [since = 0, , wrote = 0, logBytes = 0, now = 0] = rest.map(Number);
  return { state: 'running', sinceMs: since * 1000, logBytes, silentMs: Math.max(0, (now - wrote) * 1000) };
}
