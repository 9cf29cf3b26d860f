import type { SessionView } from '../../electron/contract/bridge.ts';
import { t } from '../texts/en.ts';

/** What stands in the place of something that is not there yet: without a line nothing of it is being read. */
export const unreadText = ({ kind }: SessionView): string => (kind === 'online' ? t.common.reading : t.common.notRead);
