import { useEffect, useId, useRef, type ReactNode } from 'react';
import type { ErrorReport } from '../../core/protocol/errors.ts';
import { t } from '../texts/en.ts';

/** The two fields of every sign-in; the one that is still empty has the focus at first. */
export function SignInFields({
  user,
  password,
  nameIsKnown,
  setUser,
  setPassword,
  refused,
  children,
}: {
  readonly user: string;
  readonly password: string;
  /** Whether the name was known before, so that only the password is asked for. */
  readonly nameIsKnown: boolean;
  readonly setUser: (text: string) => void;
  readonly setPassword: (text: string) => void;
  /** What became of the last try. */
  readonly refused: ErrorReport | undefined;
  /** What is said below the password. */
  readonly children?: ReactNode;
}) {
  const id = useId();
  const word = useRef<HTMLInputElement>(null);
  // What was wrong is written over.
  useEffect(() => {
    if (refused?.code !== 'sign-in-refused') return;
    word.current?.focus();
    word.current?.select();
  }, [refused]);
  return (
    <>
      <label className="field">
        <span>{t.signIn.user}</span>
        <input
          value={user}
          maxLength={64}
          autoComplete="username"
          spellCheck={false}
          autoFocus={!nameIsKnown}
          onChange={(event) => setUser(event.target.value)}
        />
      </label>
      <label className="field">
        <span id={`${id}-word`}>{t.signIn.password}</span>
        <input
          ref={word}
          type="password"
          aria-labelledby={`${id}-word`}
          aria-describedby={`${id}-note`}
          value={password}
          maxLength={1024}
          autoComplete="current-password"
          autoFocus={nameIsKnown}
          onChange={(event) => setPassword(event.target.value)}
        />
        <span id={`${id}-note`}>{children}</span>
      </label>
    </>
  );
}
