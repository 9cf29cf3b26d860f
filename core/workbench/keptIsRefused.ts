import { PutError } from '../protocol/errors.ts';

/** Throws what a failed sign-in means where nobody typed the password: one that is refused is the one that the keyring keeps. */
export const keptIsRefused =
  (user: string) =>
  (error: unknown): never => {
    if (!(error instanceof PutError) || error.code !== 'sign-in-refused') throw error;
    const message = `${user} is refused with the password that the keyring keeps: give the present one`;
    throw new PutError('sign-in-refused', message, error.details, { cause: error });
  };
