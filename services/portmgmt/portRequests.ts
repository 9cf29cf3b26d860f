import { PutError } from '../../core/protocol/errors.ts';
import type { Handlers, Log } from '../service.ts';
import type { LeaseKeeper } from './LeaseKeeper.ts';

/** Requests about ports: what an admin does to anybody's lease. */
export function portRequests(parts: { leases(): LeaseKeeper; log: Log }): Handlers {
  return {
    'ports.release': ({ port, sessionId }, caller) => {
      const holder = parts.leases().table.get(port)?.holder;
      if (holder && holder.sessionId !== sessionId) {
        throw new PutError('already-done', `port ${port} was given back before; ${holder.user} holds it now`, { port });
      }
      parts.leases().release(port);
      parts.log.info('GUI port released by an admin', { port, user: caller.user });
      return {};
    },
  };
}
