import { PutError } from '../protocol/errors.ts';

/** What a refused sign-in means where nobody typed the password: the one that the keyring keeps is an old one. */
export function keptIsRefused(error: unknown, user: string): unknown {
  if (!(error instanceof PutError) || error.code !== 'sign-in-refused') return error;
  const message = `${user} is refused with the password that the keyring keeps: give the present one`;
  return new PutError('sign-in-refused', message, error.details, { cause: error });
}
