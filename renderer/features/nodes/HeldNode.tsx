import { useState } from 'react';
import type { HeldNode as Held } from '../../../core/model/jobParts.ts';
import { useActions } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.operation.hold;

interface HeldNodeProps {
  readonly systemId: string;
  readonly job: OpenJob;
  readonly nodeId: string;
  readonly held: Held | undefined;
  readonly off: boolean;
}

/** Whether a node is held, by whom, what it missed, and the way to hold or release it. */
export function HeldNode({ systemId, job, nodeId, held, off }: HeldNodeProps) {
  const { holdNodes, releaseNodes } = useActions();
  const [asking, setAsking] = useState(false);
  if (isJobOver(job.state) && !held) return null;
  const since = held?.since === undefined ? undefined : (job.steps[held.since]?.title ?? held.since);
  return (
    <>
      {held && (
        <p className="held-state">
          <b>{words.state[held.state]}</b> {words.by(held.user, held.reason)}
          {since !== undefined && ` · ${words.since(since)}`}
          {held.stays !== undefined && <span className="line warn-text">{words.stays(held.stays)}</span>}
        </p>
      )}
      {!isJobOver(job.state) && (
        <div className="row-buttons">
          {held?.state === 'held' ? (
            <button
              type="button"
              className="btn"
              disabled={off || held.stays !== undefined}
              onClick={() => void releaseNodes(systemId, job.jobId, [nodeId])}
            >
              {words.release}
            </button>
          ) : (
            <button type="button" className="btn" disabled={off} onClick={() => setAsking(true)}>
              {words.button}
            </button>
          )}
        </div>
      )}
      {asking && (
        <ReasonDialog
          about={`hold ${job.jobId} ${nodeId}`}
          title={words.title([nodeId])}
          text={words.text}
          confirm={words.confirm}
          onConfirm={(reason) => holdNodes(systemId, job.jobId, [nodeId], reason)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
