import { useState } from 'react';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useApp } from '../../app/context.ts';
import { OfflineBanner } from '../../components/OfflineBanner.tsx';
import { FingerprintDialog } from './FingerprintView.tsx';

/** What stands over the window while a session waits; what a person opened there goes with it. */
export function LostLine({ system }: { system: SystemView }) {
  const [comparing, setComparing] = useState(false);
  const inBrowser = useApp((state) => state.ownRoundTrip !== undefined);
  return (
    <>
      <OfflineBanner system={system} onCompare={() => setComparing(true)} inBrowser={inBrowser} />
      {comparing && <FingerprintDialog system={system} onClose={() => setComparing(false)} />}
    </>
  );
}
