import { useMemo, useState } from 'react';
import type { NodeRow } from '../../../core/model/node.ts';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { News } from '../../components/News.tsx';

const words = t.nodes;

/** Starts the services that are not known to be up (`notUp`, in words), after asking; then says what came of it. Off while there are none. */
export function StartServices(props: {
  readonly systemId: string;
  readonly nodes: readonly NodeRow[];
  readonly notUp: string | undefined;
  readonly online: boolean;
}) {
  const { systemId, nodes, notUp, online } = props;
  const { startServices } = useActions();
  const busy = useApp(selectBusy('nodes.startServices'));
  const [asking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState<MethodResult<'nodes.startServices'> | undefined>();
  const allSeen = useMemo(() => nodes.every(({ service }) => service !== undefined), [nodes]);
  const noneDown = online && nodes.length > 0 && notUp === undefined;
  return (
    <>
      {outcome && (
        <News>
          {outcome.started.length > 0 && <p>{words.servicesStarted(outcome.started.length)}</p>}
          {outcome.failed.map(({ nodeId, message, code }) => (
            <p key={nodeId}>{words.serviceNotStarted(nodeId, message, code)}</p>
          ))}
          {outcome.unfinished.length > 0 && <p>{words.servicesUnfinished(outcome.unfinished.join(', '))}</p>}
        </News>
      )}
      {noneDown && (
        <span className="sub" id="no-service-down">
          {words.noServiceDown(allSeen)}
        </span>
      )}
      <button
        type="button"
        className="btn"
        aria-describedby={noneDown ? 'no-service-down' : undefined}
        disabled={busy || !online || notUp === undefined}
        onClick={() => {
          setOutcome(undefined);
          setAsking(true);
        }}
      >
        {words.startServices}
      </button>
      {asking && notUp !== undefined && (
        <ConfirmDialog
          title={words.startServicesTitle}
          text={words.startServicesText(notUp)}
          confirm={words.startServicesConfirm}
          onConfirm={() => void startServices(systemId).then(setOutcome)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
