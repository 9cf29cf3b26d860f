import { useState } from 'react';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { OfflineBanner } from '../../components/OfflineBanner.tsx';
import { FingerprintDialog } from './FingerprintView.tsx';

/** What stands over the window while a session waits; what a person opened there goes with it. */
export function LostLine({ system }: { system: SystemView }) {
  const [comparing, setComparing] = useState(false);
  return (
    <>
      <OfflineBanner system={system} onCompare={() => setComparing(true)} />
      {comparing && <FingerprintDialog system={system} onClose={() => setComparing(false)} />}
    </>
  );
}
