import { useCallback, useDeferredValue, useMemo, useRef, useState, type CSSProperties } from 'react';
import { NodeFacts } from './NodeFacts.tsx';
import { InventoryPanel } from '../inventory/InventoryPanel.tsx';
import { NodeActions, NotReached } from '../inventory/NodeActions.tsx';
import { NodeList } from './NodeList.tsx';
import { StartServices } from './StartServices.tsx';
import { filterNodes } from './nodeListFilter.ts';
import { FAULT_STEPS, FAULT_KIND_ORDER, USUAL_FAULT_STEP } from './faults.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import type { NodeRow } from '../../../core/model/node.ts';
import { servicesNotUp, servicesNotUpText } from '../../../core/model/servicesNotUp.ts';
import { useCommands } from '../../app/commands.tsx';
import { useFilter } from '../../app/useFilter.ts';
import { useShownTopic } from '../../app/useShownTopic.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog, Dialog } from '../../components/Dialog.tsx';
import { AsItWas } from '../../components/AsItWas.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { FilterState } from '../../components/FilterState.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { SideEdge } from '../../components/SideEdge.tsx';
import { useUnhurried } from '../../components/useUnhurried.ts';
import { byName } from '../../components/format.ts';
import { isPractice, selectBusy } from '../../stores/selectors.ts';
import { Unread } from '../../components/Unread.tsx';
import { t } from '../../texts/en.ts';

const words = t.nodes;

type NodeRows = Readonly<Record<string, NodeRow>>;

const NO_ROWS: NodeRows = {};

/** Rows of a large system are drawn anew this often at most, and from this many on. */
const REDRAW_MS = 1000;
const CALM_FROM = 100;

/** Of a large system hundreds of rows change a second, and all of them are gone through at each drawing. */
function useCalmRows(told: NodeRows | undefined): NodeRows | undefined {
  const calm = useUnhurried(told, REDRAW_MS);
  const isLarge = useMemo(() => Object.keys(calm ?? {}).length >= CALM_FROM, [calm]);
  // Drawn in pieces, between which the window takes the next input.
  const drawn = useDeferredValue(calm);
  return isLarge ? drawn : told;
}

/** Puts rows in the natural order of their names. Nodes come and go seldom; what is told of them changes many times a second. */
function createRowOrder(): (rows: NodeRows) => readonly NodeRow[] {
  let names: readonly string[] = [];
  let inOrder: readonly string[] = [];
  return (rows) => {
    const now = Object.keys(rows);
    if (now.length !== names.length || now.some((name, at) => name !== names[at])) {
      names = now;
      inOrder = now.toSorted(byName);
    }
    return inOrder.map((nodeId) => rows[nodeId] as NodeRow);
  };
}

/** The nodes of a system as the inventory names them and as they were last seen. */
export function NodesView({ system }: { system: SystemView }) {
  const { refreshNodes, resetPractice, showNode } = useActions();
  const busy = useApp(selectBusy('nodes.refresh'));
  const [fault, setFault] = useState<string | undefined>();
  const [resetting, setResetting] = useState(false);
  const open = useApp((state) => state.openNode);
  const { systemId } = system.saved;
  const practice = isPractice(system);
  const online = system.session.kind === 'online';
  const sideWidthPx = useApp((state) => state.sideWidthPx);
  useShownTopic('nodes', [system]);
  const rows = useCalmRows(system.nodes);
  const [orderOf] = useState(createRowOrder);
  const nodes = useMemo(() => orderOf(rows ?? NO_ROWS), [orderOf, rows]);
  const nodeFilter = useFilter('nodes', systemId);
  const { find, reachable } = nodeFilter.filter;
  // What is typed is seen at once; the rows follow.
  const wanted = useDeferredValue(nodeFilter.filter);
  const shown = useMemo(() => filterNodes(nodes, wanted), [nodes, wanted]);
  const notUp = useMemo(() => servicesNotUpText(servicesNotUp(nodes)), [nodes]);
  const finder = useRef<HTMLInputElement>(null);
  useCommands([{ id: 'find', name: t.keyboard.commands.find, run: () => finder.current?.focus() }]);
  const openRow = open === undefined ? undefined : system.nodes?.[open];
  const toggle = useCallback(
    (nodeId: string): void => showNode(nodeId === open ? undefined : nodeId),
    [showNode, open],
  );
  return (
    <main id="main" className="page with-list">
      <div className="page-head">
        <h1>{words.title}</h1>
        <span className="sub num">{rows ? t.common.nodes(nodes.length) : <Unread system={system} />}</span>
        <div className="row-buttons push-right">
          <button type="button" className="btn" disabled={busy || !online} onClick={() => void refreshNodes(systemId)}>
            {words.refresh}
          </button>
          <StartServices {...{ systemId, nodes, notUp, online }} />
          {practice && (
            <button type="button" className="btn" disabled={busy || !online} onClick={() => setResetting(true)}>
              {words.reset}
            </button>
          )}
        </div>
      </div>
      {notUp !== undefined && (
        <p className="state-word">
          <StateMark state="warned" /> {words.servicesNotUp(notUp)}
        </p>
      )}
      <AsItWas systemId={systemId} keys={['nodes']} />
      <AskError ask="nodes" />
      <AskError ask="nodes.refresh" />
      <AskError ask="nodes.startServices" />
      {!practice && <InventoryPanel systemId={systemId} online={online} nodes={rows ?? NO_ROWS} />}
      {nodes.length > 0 && (
        <div className="tools" role="search" aria-label={words.filter.label}>
          <input
            ref={finder}
            type="search"
            aria-label={words.filter.find}
            placeholder={`${words.filter.find}  /`}
            value={find}
            onChange={(event) => nodeFilter.change({ find: event.target.value })}
          />
          <Segmented
            label={words.columns.reachable}
            options={(['', 'yes', 'no', 'unknown'] as const).map((value) => ({
              value,
              text: value === '' ? words.filter.all : words.filter.reachable[value],
            }))}
            value={reachable}
            onChange={(value) => nodeFilter.change({ reachable: value })}
          />
          <FilterState filter={nodeFilter} shown={shown.length} all={nodes.length} />
        </div>
      )}
      <div className="nodes-split" style={{ '--side': `${sideWidthPx}px` } as CSSProperties}>
        {rows && (
          <NodeList
            nodes={shown}
            filtered={nodeFilter.filters}
            practice={practice}
            open={open}
            onOpen={toggle}
            onFault={setFault}
          />
        )}
        {openRow && (
          <aside className="nodes-side" aria-label={words.showPackages(openRow.nodeId)}>
            <SideEdge />
            <div className="drawer-head">
              <h2 className="mono">{openRow.nodeId}</h2>
              <button type="button" className="btn small" onClick={() => showNode(undefined)}>
                {t.common.close}
              </button>
            </div>
            <NotReached nodeId={openRow.nodeId} cause={openRow.cause} />
            {!practice && <NodeActions nodeId={openRow.nodeId} online={online} />}
            <NodeFacts
              systemId={systemId}
              nodeId={openRow.nodeId}
              clockOffsetMs={system.clockOffsetMs}
              packagesDigest={openRow.packagesDigest}
              withPackages
            />
          </aside>
        )}
      </div>
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
            min={0}
            max={1000}
            value={times}
            onChange={(event) => setTimes(Math.min(1000, Math.max(0, Math.trunc(Number(event.target.value)) || 0)))}
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
