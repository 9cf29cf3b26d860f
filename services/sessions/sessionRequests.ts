import { PutError } from '../../core/protocol/errors.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { sessionIdOf, type Caller, type Handlers, type Log } from '../service.ts';
import type { SessionTable } from './SessionTable.ts';
import type { Session } from './session.ts';

/** The session that a person names. Throws `session-unknown`, and `input-invalid` for the one that asks. */
function otherSession(sessions: SessionTable, sessionId: string, caller: Caller): Session {
  const session = sessions.byId(sessionId);
  if (!session)
    throw new PutError('session-unknown', `there is no session ${sessionId} (any more)`, { session: sessionId });
  if (sessionId === sessionIdOf(caller))
    throw new PutError('input-invalid', `session ${sessionId} is the one that asks; sign out to end it`);
  return session;
}

/** Gives an account a new password for somebody who knows the present one; see AccountBook. */
export type ChangePassword = (
  change: { readonly user: string; readonly password: string; readonly newPassword: string; readonly from: string },
  comes: (credential: string) => void,
) => Promise<void>;

/** Requests about sessions: what a person does to their own other session, and an admin to anybody's. */
export function sessionRequests(parts: {
  sessions(): SessionTable;
  log: Log;
  /** Absent: passwords are not changed from outside. */
  changePassword?: ChangePassword | undefined;
}): Handlers {
  const { log } = parts;
  return {
    'account.changePassword': async ({ password, newPassword }, caller) => {
      const { user } = caller;
      const session = parts.sessions().byId(sessionIdOf(caller));
      const { changePassword } = parts;
      if (!changePassword || !session)
        throw new PutError('method-unknown', 'this putservices changes no passwords for its clients');
      const from = `session ${session.sessionId}`;
      try {
        // The session goes on with the new password, while every other one of the account ends.
        await changePassword({ user, password, newPassword, from }, (comes) => {
          session.nextCredential = comes;
        });
        session.credential = session.nextCredential ?? session.credential;
        if (session.used) parts.sessions().persist(session);
      } finally {
        session.nextCredential = undefined;
      }
      log.info('a user changed the own password', { user, session: session.sessionId });
      return {};
    },
    'session.keep': (_params, caller) => {
      const sessions = parts.sessions();
      const by = sessions.byId(sessionIdOf(caller));
      if (!by) throw new PutError('session-unknown', 'the session that asks is over');
      const { session, token } = sessions.keep(by);
      log.info('a session is kept to sign in by', { user: by.user, session: session.sessionId, by: by.sessionId });
      return { sessionToken: token, keptMs: TIMES.sessionKeptMs };
    },
    'session.takeOver': ({ sessionId }, caller) => {
      const sessions = parts.sessions();
      const session = otherSession(sessions, sessionId, caller);
      const { user, clientSystem } = session;
      if (user !== caller.user) {
        throw new PutError('role-insufficient', `session ${sessionId} is ${user}'s; an admin may end it`, {
          session: sessionId,
          user,
        });
      }
      const cause = `the session goes on at ${caller.clientSystem}; nothing was lost, and uploads go on where they stopped`;
      sessions.end(session, new PutError('session-taken-over', cause, { clientSystem: caller.clientSystem }));
      log.info('a session was taken over', {
        session: sessionId,
        user,
        from: clientSystem,
        by: sessionIdOf(caller),
        at: caller.clientSystem,
      });
      return { clientSystem };
    },
    'session.close': ({ sessionId }, caller) => {
      const sessions = parts.sessions();
      const session = otherSession(sessions, sessionId, caller);
      sessions.end(session, new PutError('session-closed', `${caller.user} ended the session`, { by: caller.user }));
      log.info('a session was ended by an admin', { session: sessionId, user: session.user, by: caller.user });
      return {};
    },
  };
}
