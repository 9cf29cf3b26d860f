import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import { certificateAlertError } from './certificateAlert.ts';

const CODE_BY_SYSTEM_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'host-unknown',
  EAI_AGAIN: 'host-unknown',
  ETIMEDOUT: 'dial-timeout',
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
  const what = systemCode === 'ECONNREFUSED' ? 'the port is closed' : systemCode === '' ? error.message : systemCode;
  return new PutError(code, `${where}: ${what}`, { systemCode }, { cause: error });
}

/** Runs work of a dial within its deadline and until an abort; `giveUp` undoes what it left. */
export function withinDial<T>(
  where: string,
  signal: AbortSignal,
  work: (fail: (error: PutError) => void) => { done: Promise<T>; giveUp: () => void },
): Promise<T> {
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
    const timer = setTimeout(
      () => fail(new PutError('dial-timeout', `${where} did not answer within ${TIMES.dialMs / 1000} s`)),
      TIMES.dialMs,
    );
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
