import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import { certificateAlertError } from './certificateAlert.ts';

const CODE_BY_SYSTEM_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'host-unknown',
  EAI_AGAIN: 'name-server-silent',
  ETIMEDOUT: 'dial-timeout',
  ECONNREFUSED: 'port-closed',
  EHOSTUNREACH: 'host-unreachable',
  EHOSTDOWN: 'host-unreachable',
  ENETUNREACH: 'network-unreachable',
  ENETDOWN: 'network-unreachable',
  EADDRNOTAVAIL: 'network-unreachable',
  EACCES: 'dial-forbidden',
  EPERM: 'dial-forbidden',
};

/** What was seen, in words; a code that is not here stands for itself. */
const WORDS_BY_SYSTEM_CODE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'no name server answered',
  ETIMEDOUT: 'no answer',
  ECONNREFUSED: 'the port is closed',
  ECONNRESET: 'the connection was cut at once',
  EHOSTUNREACH: 'no route to the host',
  EHOSTDOWN: 'the host is down',
  ENETUNREACH: 'no route to its network',
  ENETDOWN: 'the network of this machine is down',
  EADDRNOTAVAIL: 'this machine has no address in its network',
  EACCES: 'this machine forbids the connection',
  EPERM: 'this machine forbids the connection',
};

/** What a fault of the system or of TLS means for the engineer. */
export function dialError(where: string, error: Error): PutError {
  const systemCode = (error as NodeJS.ErrnoException).code ?? '';
  const alert = certificateAlertError(where, error);
  if (alert) return alert;
  if (systemCode.startsWith('ERR_SSL') || systemCode.startsWith('ERR_TLS') || systemCode === 'EPROTO') {
    return new PutError(
      'tls-failed',
      `${where}: TLS could not be agreed (${systemCode})`,
      { systemCode },
      { cause: error },
    );
  }
  const code = CODE_BY_SYSTEM_CODE[systemCode] ?? 'dial-failed';
  const words = WORDS_BY_SYSTEM_CODE[systemCode];
  const what = words === undefined ? systemCode || error.message : `${words} (${systemCode})`;
  return new PutError(code, `${where}: ${what}`, { systemCode }, { cause: error });
}

/** What differs from dial to dial. */
export interface DialDeadline {
  /** Absent: TIMES.dialMs. */
  readonly timeoutMs?: number | undefined;
  /** The error at the deadline; absent: `dial-timeout`. */
  readonly timedOut?: (() => PutError) | undefined;
}

/** Runs work of a dial within its deadline and until an abort; `giveUp` undoes what it left. */
export function withinDial<T>(
  where: string,
  signal: AbortSignal,
  work: (fail: (error: PutError) => void) => { done: Promise<T>; giveUp: () => void },
  deadline: DialDeadline = {},
): Promise<T> {
  const { timeoutMs = TIMES.dialMs } = deadline;
  const timedOut =
    deadline.timedOut ??
    ((): PutError => new PutError('dial-timeout', `${where} did not answer within ${timeoutMs / 1000} s`));
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: PutError): void => {
      finish();
      giveUp();
      reject(error);
    };
    const onAbort = (): void => fail(new PutError('cancelled', `the connection to ${where} was given up`));
    const timer = setTimeout(() => fail(timedOut()), timeoutMs);
    const { done, giveUp } = work(fail);
    done.then(
      (value) => {
        finish();
        resolve(value);
      },
      (error: unknown) => fail(error instanceof PutError ? error : dialError(where, error as Error)),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}
