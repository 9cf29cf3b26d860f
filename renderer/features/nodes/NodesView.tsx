import { Fragment, useState } from 'react';
import { NodeFacts } from './NodeFacts.tsx';
import { InventoryPanel } from '../inventory/InventoryPanel.tsx';
import { NodeActions } from '../inventory/NodeActions.tsx';
import { StartServices } from './StartServices.tsx';
import { FAULT_STEPS, FAULT_KIND_ORDER, USUAL_FAULT_STEP } from './faults.ts';
import type { NodeRow } from '../../../core/model/node.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog, Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { byName } from '../../components/format.ts';
import { TableHead } from '../../components/TableHead.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.nodes;
const reachableMarks = { yes: 'ok', no: 'unreachable', unknown: 'unknown' } as const;

/** The nodes of a system as the inventory names them and as they were last seen. */
export function NodesView({ system }: { system: SystemView }) {
  const { refreshNodes, resetPractice } = useActions();
  const busy = useApp(selectBusy('nodes.refresh'));
  const [fault, setFault] = useState<string | undefined>();
  const [resetting, setResetting] = useState(false);
  const [open, setOpen] = useState<string | undefined>();
  const { systemId, practice } = system.saved;
  const online = system.session.kind === 'online';
  const nodes = Object.values(system.nodes).sort((a, b) => byName(a.nodeId, b.nodeId));
  const columns = Object.entries(words.columns).filter(([key]) => practice || key !== 'faults');
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        <span className="sub num">{t.common.nodes(nodes.length)}</span>
        <div className="row-buttons push-right">
          <button type="button" className="btn" disabled={busy || !online} onClick={() => void refreshNodes(systemId)}>
            {words.refresh}
          </button>
          <StartServices systemId={systemId} nodes={nodes} online={online} />
          {practice && (
            <button type="button" className="btn" disabled={busy || !online} onClick={() => setResetting(true)}>
              {words.reset}
            </button>
          )}
        </div>
      </div>
      <AskError ask="nodes.refresh" />
      <AskError ask="nodes.startServices" />
      {!practice && <InventoryPanel systemId={systemId} online={online} nodes={system.nodes} />}
      <section className="panel table-panel" aria-label={words.title}>
        {nodes.length === 0 ? (
          <p className="sub">{words.empty}</p>
        ) : (
          <table className="list">
            <TableHead columns={columns.map(([, column]) => column)} />
            <tbody>
              {nodes.map((node) => (
                <Fragment key={node.nodeId}>
                  <SystemNode
                    node={node}
                    practice={practice}
                    open={open === node.nodeId}
                    onToggle={() => setOpen(open === node.nodeId ? undefined : node.nodeId)}
                    onFault={() => setFault(node.nodeId)}
                  />
                  {open === node.nodeId && (
                    <tr className="package-nodes">
                      <td colSpan={columns.length}>
                        {!practice && <NodeActions nodeId={node.nodeId} online={online} />}
                        <NodeFacts
                          systemId={systemId}
                          nodeId={node.nodeId}
                          clockOffsetMs={system.clockOffsetMs}
                          packagesDigest={node.packagesDigest}
                        />
                      </td>
                    </tr>
                  )}
                </Fragment>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {fault !== undefined && <FaultDialog systemId={systemId} nodeId={fault} onClose={() => setFault(undefined)} />}
      {resetting && (
        <ConfirmDialog
          title={words.resetTitle}
          text={words.resetText}
          confirm={words.resetConfirm}
          onConfirm={() => void resetPractice(systemId)}
          onClose={() => setResetting(false)}
        />
      )}
    </main>
  );
}

interface SystemNodeProps {
  readonly node: NodeRow;
  readonly practice: boolean;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly onFault: () => void;
}

function SystemNode({ node, practice, open, onToggle, onFault }: SystemNodeProps) {
  return (
    <tr>
      <th scope="row" className="mono">
        {node.nodeId}
      </th>
      <td className="mono">{node.address}</td>
      <td>{t.nodeTypes[node.type]}</td>
      <td className="num">{node.clique ?? '–'}</td>
      <td className="num">{node.system}</td>
      <td>
        <span className="state-word">
          <StateMark state={reachableMarks[node.reachable]} />
          {words.reachable[node.reachable]}
        </span>
      </td>
      <td>{[node.os, node.arch].filter(Boolean).join(' · ')}</td>
      <td>
        {node.service && node.service.state !== 'none'
          ? `${node.service.name} ${words.service[node.service.state]}`
          : ''}
      </td>
      <td className="num">
        <button
          type="button"
          className="link"
          aria-expanded={open}
          aria-label={words.showPackages(node.nodeId)}
          onClick={onToggle}
        >
          {node.packageCount}
        </button>
      </td>
      {practice && (
        <td>
          <div className="row-buttons">
            <button type="button" className="btn small" aria-label={`${words.fault} ${node.nodeId}`} onClick={onFault}>
              {words.fault}
            </button>
            <span>
              {(node.faults ?? [])
                .map((item) => `${item.stepId}: ${t.faultKinds[item.kind]}${item.times > 1 ? ` ×${item.times}` : ''}`)
                .join(', ')}
            </span>
          </div>
        </td>
      )}
    </tr>
  );
}

function FaultDialog({ systemId, nodeId, onClose }: { systemId: string; nodeId: string; onClose: () => void }) {
  const { setFault } = useActions();
  const busy = useApp(selectBusy('fault'));
  const [stepId, setStepId] = useState<string>(USUAL_FAULT_STEP);
  const [kind, setKind] = useState<(typeof FAULT_KIND_ORDER)[number]>('fail');
  const [times, setTimes] = useState(1);
  return (
    <Dialog title={words.faultTitle(nodeId)} onClose={onClose}>
      <p>{words.faultText}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void setFault(systemId, { nodeId, stepId, kind, times }).then((answer) => {
            if (answer) onClose();
          });
        }}
      >
        <label className="field">
          <span>{words.faultStep}</span>
          <select value={stepId} onChange={(event) => setStepId(event.target.value)}>
            {FAULT_STEPS.map((step) => (
              <option key={step.id} value={step.id}>
                {step.title}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{words.faultKind}</span>
          <select
            value={kind}
            onChange={(event) => setKind(FAULT_KIND_ORDER.find((name) => name === event.target.value) ?? 'fail')}
          >
            {FAULT_KIND_ORDER.map((name) => (
              <option key={name} value={name}>
                {t.faultKinds[name]}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{words.faultTimes}</span>
          <input
            type="number"
            min={1}
            max={1000}
            value={times}
            onChange={(event) => setTimes(Math.min(1000, Math.max(1, Number(event.target.value) || 1)))}
          />
        </label>
        <AskError ask="fault" />
        <div className="dialog-buttons">
          <button type="button" className="btn" onClick={onClose}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={busy}>
            {words.faultSet}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
