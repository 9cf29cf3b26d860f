import type { SessionView } from '../../electron/contract/bridge.ts';
import { t } from '../texts/en.ts';

/** The same as `unreadText`, of a job. */
export const unreadJobText = ({ kind }: SessionView): string =>
  kind === 'online' ? t.operation.opening : t.common.notRead;

/** What stands in the place of something that is not there yet: without a line nothing of it is being read. */
export const unreadText = ({ kind }: SessionView): string => (kind === 'online' ? t.common.reading : t.common.notRead);
