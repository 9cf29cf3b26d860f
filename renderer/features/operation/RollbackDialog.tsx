import { useEffect, useMemo, useState } from 'react';
import { lackingWayBack } from '../../../core/model/lackingWayBack.ts';
import { briefNames } from '../../../core/model/nodeNames.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import type { MethodResult } from '../../../core/protocol/methods.ts';
import { useActions } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { isJobOver } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

type Preview = MethodResult<'job.rollbackPreview'>;
const words = t.operation.rollback;

function PreviewGroup({ group }: { group: Preview['groups'][number] }) {
  return (
    <section>
      <h3>
        {t.common.nodes(group.nodes)}: <span className="mono">{briefNames(group.nodeIds, group.nodes)}</span>
      </h3>
      {group.packages.length === 0 && <p className="sub">{words.nothing}</p>}
      <ul className="plain">
        {group.packages.map(({ name, to, wayBack }) => (
          <li key={`${name} ${to ?? ''}`}>
            <span className="mono">{name}</span> {to === undefined ? words.erased : words.backTo(to)}
            {!wayBack && (
              <>
                {' '}
                <b>{words.noWayBack}</b>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface RollbackDialogProps {
  readonly systemId: string;
  readonly job: OpenJob;
  /** Only this node. */
  readonly nodeId?: string | undefined;
  /** Only the nodes of this wave, from 1. Neither: the whole job. */
  readonly wave?: number | undefined;
  readonly onClose: () => void;
}

/** Asks before nodes go back, and shows node by node what to: versions, what is erased, and what has no way back. Nothing is confirmed before that has come. */
export function RollbackDialog({ systemId, job, nodeId, wave, onClose }: RollbackDialogProps) {
  const { previewRollback, rollback } = useActions();
  const [preview, setPreview] = useState<Preview | 'failed'>();
  const { jobId } = job;
  const which = useMemo(
    () => (nodeId !== undefined ? { nodeIds: [nodeId] } : wave !== undefined ? { wave } : {}),
    [nodeId, wave],
  );
  useEffect(() => {
    let shown = true;
    void previewRollback(systemId, jobId, which).then((found) => {
      if (shown) setPreview(found ?? 'failed');
    });
    return () => {
      shown = false;
    };
  }, [previewRollback, systemId, jobId, which]);
  const known = preview === 'failed' ? undefined : preview;
  const off =
    preview === undefined
      ? words.looking
      : known === undefined
        ? words.notKnown
        : known.nodes === 0
          ? words.nobody
          : undefined;
  const lacking = lackingWayBack(known?.groups ?? []);
  const whole = nodeId === undefined && wave === undefined;
  const title = whole ? words.title : words.titleNode(nodeId ?? words.wave(wave ?? 0));
  return (
    <ReasonDialog
      about={`roll back ${jobId} ${nodeId ?? wave ?? ''}`}
      title={title}
      text={
        isJobOver(job.state)
          ? words.textEnded
          : whole
            ? words.text
            : nodeId === undefined
              ? words.textWave
              : words.textNode
      }
      confirm={words.confirm}
      leave={words.leave}
      off={off}
      onConfirm={(reason) => rollback(systemId, jobId, { ...which, reason })}
      onClose={onClose}
    >
      <AskError ask={`rollback:${jobId}`} />
      {lacking > 0 && <p className="fail-text">{words.lacking(lacking)}</p>}
      <div className="rollback-preview">
        {known?.groups.map((group) => (
          <PreviewGroup key={group.nodeIds[0]} group={group} />
        ))}
      </div>
    </ReasonDialog>
  );
}
