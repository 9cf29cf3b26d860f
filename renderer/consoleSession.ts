import { PutError, reportOf } from '../core/protocol/errors.ts';
import type { BridgeAnswer, ErrorReport } from '../electron/contract/bridge.ts';
import { failedAnswer } from './failedAnswer.ts';
import type { SignInPage } from './carrierState.ts';

/** How long the page waits for an answer about its session; a password check may queue for some seconds. */
const ASK_WITHIN_MS = 15_000;
const SIGN_IN_WITHIN_MS = 30_000;

/** Whether this browser has a session at the system that served the page, or where it would sign in. Rejects where nobody answers. */
export async function askSession(place: string): Promise<'admitted' | SignInPage> {
  const answer = await fetch(`${place}session`, { cache: 'no-store', signal: AbortSignal.timeout(ASK_WITHIN_MS) });
  if (!answer.ok) throw new Error(`the session was answered ${answer.status}`);
  const { signedIn, ...page } = (await answer.json()) as SignInPage & { signedIn: boolean };
  return signedIn ? 'admitted' : page;
}

/** Posts user and password; the browser keeps the cookie that comes back. */
export async function postSignIn(place: string, user: string, password: string): Promise<BridgeAnswer<object>> {
  try {
    const answer = await fetch(`${place}sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, password }),
      signal: AbortSignal.timeout(SIGN_IN_WITHIN_MS),
    });
    const said = (await answer.json()) as { error?: ErrorReport };
    return said.error ? failedAnswer(said.error) : { ok: true, value: {} };
  } catch (error) {
    return failedAnswer(new PutError('line-lost', reportOf(error).message));
  }
}
