import { useEffect, useState } from 'react';
import type { OpenJob } from '../../stores/openJob.ts';
import type { MethodResult } from '../../../core/protocol/methods.ts';
import { useActions } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { t } from '../../texts/en.ts';

type Preview = MethodResult<'job.rollbackPreview'>;
const words = t.operation.rollback;

/** Names of nodes on one line of the preview. */
const NAMES = 8;

function PreviewGroup({ group }: { group: Preview['groups'][number] }) {
  const more = group.nodes - Math.min(NAMES, group.nodeIds.length);
  return (
    <section>
      <h3>
        {t.common.nodes(group.nodes)}: {group.nodeIds.slice(0, NAMES).join(', ')}
        {more > 0 && ` ${words.more(more)}`}
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

const whichOf = (nodeId: string | undefined): { nodeIds?: string[] } =>
  nodeId === undefined ? {} : { nodeIds: [nodeId] };

interface RollbackDialogProps {
  readonly systemId: string;
  readonly job: OpenJob;
  /** Only this node; absent: the whole job. */
  readonly nodeId?: string | undefined;
  readonly onClose: () => void;
}

/** Asks before nodes go back, and shows node by node what to: versions, what is erased, and what has no way back. */
export function RollbackDialog({ systemId, job, nodeId, onClose }: RollbackDialogProps) {
  const { previewRollback, rollback } = useActions();
  const [preview, setPreview] = useState<Preview>();
  const { jobId } = job;
  useEffect(() => {
    let shown = true;
    void previewRollback(systemId, jobId, whichOf(nodeId)).then((found) => {
      if (shown) setPreview(found);
    });
    return () => {
      shown = false;
    };
  }, [previewRollback, systemId, jobId, nodeId]);
  return (
    <ReasonDialog
      title={nodeId === undefined ? words.title : words.titleNode(nodeId)}
      text={nodeId === undefined ? words.text : words.textNode}
      confirm={words.confirm}
      onConfirm={(reason) => void rollback(systemId, jobId, { ...whichOf(nodeId), reason })}
      onClose={onClose}
    >
      <AskError ask={`rollback:${jobId}`} />
      {!preview && <p className="sub">{words.looking}</p>}
      <div className="rollback-preview">
        {preview?.groups.map((group) => (
          <PreviewGroup key={group.nodeIds[0]} group={group} />
        ))}
      </div>
    </ReasonDialog>
  );
}
