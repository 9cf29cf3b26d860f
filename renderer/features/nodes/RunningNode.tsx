import { useState } from 'react';
import { silentText } from '../../../core/model/silence.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { useNowAs } from '../../components/useNow.ts';
import { masterHeard } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { cellLabel, type NodeCell } from './grouping.ts';

/** How long running work has told nothing; counts on by itself. */
export function SilentFor({ system, sinceMs }: { readonly system: SystemView; readonly sinceMs: number }) {
  const text = useNowAs((nowMs) => silentText(sinceMs, masterHeard(system, nowMs)));
  return <span className="num warn-text">{text}</span>;
}

/** What a cell says, its silence counting on. */
export function CellLabel({ system, item }: { readonly system: SystemView; readonly item: NodeCell }) {
  const label = useNowAs((nowMs) => cellLabel(item, masterHeard(system, nowMs)), item.cell.silentSinceMs !== undefined);
  return <>{label}</>;
}

interface RunningNodeProps {
  readonly system: SystemView;
  readonly jobId: string;
  readonly stepId: string;
  readonly nodeId: string;
  readonly silentSinceMs: number | undefined;
  readonly off: boolean;
}

/** A node whose work runs: how long it is silent, and the way to wait for it no longer. */
export function RunningNode({ system, jobId, stepId, nodeId, silentSinceMs, off }: RunningNodeProps) {
  const { giveUp } = useActions();
  const [asking, setAsking] = useState(false);
  return (
    <div className="row-buttons">
      {silentSinceMs !== undefined && <SilentFor system={system} sinceMs={silentSinceMs} />}
      <button type="button" className="btn" disabled={off} onClick={() => setAsking(true)}>
        {t.operation.giveUp}
      </button>
      {asking && (
        <ReasonDialog
          about={`give up ${jobId} ${stepId} ${nodeId}`}
          title={t.operation.giveUpTitle(nodeId)}
          text={t.operation.giveUpText}
          confirm={t.operation.giveUpConfirm}
          onConfirm={(reason) => giveUp(system.saved.systemId, jobId, { stepId, nodeIds: [nodeId], reason })}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
