import { useEffect, useRef, useState } from 'react';
import { MOST_PROBED, partsOf } from '../../../core/model/inventory/subnet.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { ProgressBar } from '../../components/Bar.tsx';
import { useTyped } from '../../components/useTyped.ts';
import { t } from '../../texts/en.ts';
import { FoundHosts, type FoundNode, proposedNode } from './FoundHosts.tsx';
import { INVENTORY_DIALOG, InventoryForm, type InventoryDialogProps } from './InventoryForm.tsx';
import { News } from '../../components/News.tsx';

const words = t.inventory;
const NO_PLACE = { subnet: '', port: '22' };
/** Addresses of one request: the answers of a part are shown while the next is asked. */
const PART = 128;
/** Nodes that one request takes over. */
const MOST_ADDED = 1000;

type Found = MethodResult<'inventory.probe'>['found'];
interface Progress {
  readonly asked: number;
  readonly of: number;
  readonly unfinished: number;
  readonly state: 'asking' | 'done' | 'stopped' | 'failed';
}

/** Asks the addresses of a subnet for SSH from the master, part by part, and takes over those that a person chooses. */
export function ProbeDialog({
  systemId,
  onClose,
  onAdded,
}: InventoryDialogProps & { onAdded: (names: string[]) => void }) {
  const { askInventory } = useActions();
  // It stays after the nodes were taken over: what is found besides may be wanted next.
  const { value: place, set: setPlace } = useTyped(`probe ${systemId}`, NO_PLACE);
  const { subnet, port } = place;
  const [refusal, setRefusal] = useState<string | undefined>();
  const [progress, setProgress] = useState<Progress | undefined>();
  const [found, setFound] = useState<Found>([]);
  const [nodes, setNodes] = useState<Readonly<Record<string, FoundNode>>>({});
  const [compared, setCompared] = useState(false);
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );

  const probe = async (): Promise<void> => {
    let parts: ReturnType<typeof partsOf>;
    try {
      parts = partsOf(subnet, PART);
    } catch (error) {
      setRefusal(error instanceof PutError ? error.message : String(error));
      return;
    }
    stopped.current = false;
    setRefusal(undefined);
    setFound([]);
    setNodes({});
    setCompared(false);
    let sum: Progress = {
      ...{ asked: 0, of: parts.reduce((all, part) => all + part.addresses, 0), unfinished: 0, state: 'asking' },
    };
    setProgress(sum);
    for (const { range } of parts) {
      const answer = await askInventory(INVENTORY_DIALOG, systemId, 'inventory.probe', {
        ...{ subnet: range, port: Number(port) },
      });
      if (!answer) {
        setProgress({ ...sum, state: 'failed' });
        return;
      }
      setFound((before) => [...before, ...answer.found]);
      sum = { ...sum, asked: sum.asked + answer.asked, unfinished: sum.unfinished + answer.unfinished };
      setProgress(sum);
      if (!stopped.current) continue;
      setProgress({ ...sum, state: sum.asked < sum.of ? 'stopped' : 'done' });
      return;
    }
    setProgress({ ...sum, state: 'done' });
  };

  const chosen = found.flatMap((host) => {
    const node = nodes[host.address];
    return node ? [proposedNode(host, node, compared)] : [];
  });
  const add = async (): Promise<void> => {
    if (await askInventory(INVENTORY_DIALOG, systemId, 'inventory.add', { nodes: chosen }))
      onAdded(chosen.filter(({ hostKeys }) => hostKeys === undefined).map(({ name }) => name));
  };
  const asking = progress?.state === 'asking';
  const whyOff = asking
    ? words.probeAsking
    : chosen.length === 0
      ? words.probeNoneChosen
      : chosen.length > MOST_ADDED
        ? words.probeTooMany(MOST_ADDED)
        : chosen.some(({ name }) => name === '')
          ? words.nameNeeded
          : undefined;
  return (
    <InventoryForm
      title={words.probeTitle}
      confirm={words.probeConfirm(chosen.length)}
      whyOff={whyOff}
      wide
      onSubmit={() => void add()}
      onClose={onClose}
    >
      <p>{words.probeText(MOST_PROBED)}</p>
      <div className="probe-ask">
        <label className="field">
          <span>{words.probeSubnet}</span>
          <input
            autoFocus
            className="mono"
            spellCheck={false}
            placeholder="10.0.0.0/24"
            aria-invalid={refusal !== undefined}
            value={subnet}
            onChange={(event) => setPlace({ port, subnet: event.target.value })}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              if (!asking) void probe();
            }}
          />
        </label>
        <label className="field">
          <span>{words.port}</span>
          <input
            inputMode="numeric"
            pattern="[0-9]{1,5}"
            value={port}
            onChange={(event) => setPlace({ subnet, port: event.target.value })}
          />
        </label>
        {asking ? (
          <button type="button" className="btn" onClick={() => (stopped.current = true)}>
            {words.probeStop}
          </button>
        ) : (
          <button type="button" className="btn" disabled={subnet.trim() === ''} onClick={() => void probe()}>
            {words.probeStart}
          </button>
        )}
      </div>
      {refusal !== undefined && (
        <News as="p" className="fail-text">
          {refusal}
        </News>
      )}
      {progress && (
        <News>
          <ProgressBar label={words.probeTitle} value={progress.asked / Math.max(1, progress.of)} />
          <p>{words.probeProgress(progress.asked, progress.of, found.length, progress.state)}</p>
          {progress.unfinished > 0 && <p>{words.probeUnfinished(progress.unfinished)}</p>}
        </News>
      )}
      {found.length > 0 && <FoundHosts found={found} nodes={nodes} onChange={setNodes} />}
      {chosen.length > 0 && (
        <label className="check">
          <input type="checkbox" checked={compared} onChange={(event) => setCompared(event.target.checked)} />
          <span>{words.probeCompared}</span>
        </label>
      )}
    </InventoryForm>
  );
}
