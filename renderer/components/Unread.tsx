import type { SystemView } from '../../electron/contract/bridge.ts';
import { isTold } from '../stores/lastSeen.ts';
import { t } from '../texts/en.ts';

/** What stands in the place of something that is not there yet: what is not told to this window is not being read. `reading`: what is said while it is. */
export function Unread({
  system,
  reading = t.common.reading,
}: {
  readonly system: SystemView;
  readonly reading?: string;
}) {
  if (isTold(system)) return reading;
  return system.session.kind === 'online' ? t.console.notRead : t.common.notRead;
}
