import { useMemo, useState, type ReactNode } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { t } from '../../texts/en.ts';
import { NodeTypeSelect } from './NodeFields.tsx';

const words = t.inventory;

type Host = MethodResult<'inventory.probe'>['found'][number];

/** What a person says of a host that is to become a node. */
export interface FoundNode {
  readonly name: string;
  readonly type: string;
  readonly system: string;
  readonly clique: string;
}

type Place = Omit<FoundNode, 'name'>;

/** The line of nodes.yaml for a host that was chosen; its key is pinned only where a person compared it. */
export function proposedNode(
  { address, port, key }: Host,
  { name, type, system, clique }: FoundNode,
  compared: boolean,
): { name: string; hostKeys?: string[] } & Record<string, unknown> {
  return {
    ...{ name: name.trim(), address, port, type },
    ...(system.trim() === '' ? {} : { system: system.trim() }),
    ...(clique.trim() === '' ? {} : { clique: clique.trim() }),
    ...(compared && key !== undefined ? { hostKeys: [key] } : {}),
  };
}

/** Hosts that answered a probe: those that are no nodes yet can be chosen, each with what it becomes. */
export function FoundHosts(props: {
  readonly found: readonly Host[];
  readonly nodes: Readonly<Record<string, FoundNode>>;
  readonly onChange: (nodes: Readonly<Record<string, FoundNode>>) => void;
}) {
  const { found, nodes, onChange } = props;
  const [place, setPlace] = useState<Place>({ type: 'TPA', system: '', clique: '' });
  const fresh = found.filter(({ node }) => node === undefined);
  const proposal = ({ address }: Host): FoundNode => ({ name: `node-${address.replace(/[.:]/g, '-')}`, ...place });
  const placeAll = (change: Partial<Place>): void => {
    setPlace({ ...place, ...change });
    onChange(Object.fromEntries(Object.entries(nodes).map(([address, node]) => [address, { ...node, ...change }])));
  };
  const choose = (addresses: ReadonlySet<string>): void =>
    onChange(
      Object.fromEntries(
        fresh
          .filter(({ address }) => addresses.has(address))
          .map((host) => [host.address, nodes[host.address] ?? proposal(host)]),
      ),
    );
  const columns = useMemo(
    () => [...FOUND_COLUMNS, ...nodeColumns(nodes, (address, node) => onChange({ ...nodes, [address]: node }))],
    [nodes, onChange],
  );
  const allChosen = fresh.length > 0 && fresh.every(({ address }) => nodes[address]);
  return (
    <>
      {fresh.length > 0 && (
        <fieldset className="found-all">
          <legend>{words.foundAll}</legend>
          <div className="row-buttons">
            <label className="check">
              <input
                type="checkbox"
                checked={allChosen}
                onChange={(event) => choose(new Set(event.target.checked ? fresh.map(({ address }) => address) : []))}
              />
              <span>{words.foundChooseAll(fresh.length)}</span>
            </label>
            <NodeTypeSelect label={words.type} value={place.type} onChange={(type) => placeAll({ type })} />
            <PlaceInput label={words.system} value={place.system} onChange={(system) => placeAll({ system })} />
            <PlaceInput label={words.clique} value={place.clique} onChange={(clique) => placeAll({ clique })} />
          </div>
        </fieldset>
      )}
      <DataTable
        id="found-hosts"
        label={words.foundTitle}
        columns={columns}
        rows={found}
        keyOf={addressOf}
        choice={{
          chosen: new Set(Object.keys(nodes)),
          onChoose: choose,
          nameOf: addressOf,
          isOff: isNode,
          locked: false,
        }}
        fileName="found-hosts"
      />
    </>
  );
}

const addressOf = ({ address }: Host): string => address;
const isNode = ({ node }: Host): boolean => node !== undefined;

const FOUND_COLUMNS: readonly TableColumn<Host>[] = [
  { id: 'address', title: words.foundColumns.address, kind: 'name', widthPx: 124, value: addressOf },
  {
    // A fingerprint is compared whole.
    ...{ id: 'key', title: words.foundColumns.key, widthPx: 390, grows: true },
    value: ({ fingerprint }) => fingerprint ?? words.foundNoKey,
    show: ({ fingerprint }) => <span className="mono">{fingerprint ?? words.foundNoKey}</span>,
  },
  { id: 'says', title: words.foundColumns.says, widthPx: 120, value: ({ banner }) => banner },
];

/** What the chosen hosts become, each in fields. */
function nodeColumns(
  nodes: Readonly<Record<string, FoundNode>>,
  onChange: (address: string, node: FoundNode) => void,
): readonly TableColumn<Host>[] {
  const field = (
    id: keyof FoundNode,
    title: string,
    widthPx: number,
    show: (node: FoundNode, label: string, change: (value: string) => void) => ReactNode,
  ): TableColumn<Host> => ({
    ...{ id, title, widthPx },
    value: ({ address, node }) =>
      nodes[address]?.[id] ?? (id === 'name' && node !== undefined ? words.foundIs(node) : ''),
    show: ({ address, node: name }) => {
      const node = nodes[address];
      if (!node) return id === 'name' && name !== undefined ? words.foundIs(name) : '';
      return show(node, `${title} ${address}`, (value) => onChange(address, { ...node, [id]: value }));
    },
  });
  const text = (id: keyof FoundNode, title: string, widthPx: number): TableColumn<Host> =>
    field(id, title, widthPx, (node, label, change) => <PlaceInput label={label} value={node[id]} onChange={change} />);
  return [
    text('name', words.name, 150),
    field('type', words.type, 104, (node, label, change) => (
      <NodeTypeSelect label={label} value={node.type} onChange={change} />
    )),
    text('system', words.system, 76),
    text('clique', words.clique, 76),
  ];
}

function PlaceInput(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <input
      aria-label={props.label}
      placeholder={props.label}
      spellCheck={false}
      value={props.value}
      onChange={(event) => props.onChange(event.target.value)}
    />
  );
}
