import { useState } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { TableHead } from '../../components/TableHead.tsx';
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
  const choose = (host: Host, on: boolean): void => {
    const { [host.address]: _left, ...others } = nodes;
    onChange(on ? { ...others, [host.address]: proposal(host) } : others);
  };
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
                onChange={(event) =>
                  onChange(
                    event.target.checked
                      ? Object.fromEntries(fresh.map((host) => [host.address, nodes[host.address] ?? proposal(host)]))
                      : {},
                  )
                }
              />
              <span>{words.foundChooseAll(fresh.length)}</span>
            </label>
            <NodeTypeSelect label={words.type} value={place.type} onChange={(type) => placeAll({ type })} />
            <PlaceInput label={words.system} value={place.system} onChange={(system) => placeAll({ system })} />
            <PlaceInput label={words.clique} value={place.clique} onChange={(clique) => placeAll({ clique })} />
          </div>
        </fieldset>
      )}
      <table className="list found-hosts">
        <TableHead columns={Object.values(words.foundColumns)} />
        <tbody>
          {found.map((host) => {
            const node = nodes[host.address];
            const change = (part: Partial<FoundNode>): void => {
              if (node) onChange({ ...nodes, [host.address]: { ...node, ...part } });
            };
            const ofHost = (what: string): string => `${what} ${host.address}`;
            return (
              <tr key={host.address}>
                <th scope="row">
                  <label className="check mono">
                    <input
                      type="checkbox"
                      disabled={host.node !== undefined}
                      checked={node !== undefined}
                      onChange={(event) => choose(host, event.target.checked)}
                    />
                    {host.address}
                  </label>
                </th>
                <td>
                  <span className="mono found-key">{host.fingerprint ?? words.foundNoKey}</span>
                  <span className="sub found-says">{host.banner}</span>
                </td>
                <td>
                  {host.node !== undefined && <span>{words.foundIs(host.node)}</span>}
                  {node && (
                    <div className="found-node">
                      <PlaceInput label={ofHost(words.name)} value={node.name} onChange={(name) => change({ name })} />
                      <NodeTypeSelect
                        label={ofHost(words.type)}
                        value={node.type}
                        onChange={(type) => change({ type })}
                      />
                      <PlaceInput
                        label={ofHost(words.system)}
                        hint={words.system}
                        value={node.system}
                        onChange={(system) => change({ system })}
                      />
                      <PlaceInput
                        label={ofHost(words.clique)}
                        hint={words.clique}
                        value={node.clique}
                        onChange={(clique) => change({ clique })}
                      />
                    </div>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

function PlaceInput(props: {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <input
      aria-label={props.label}
      placeholder={props.hint ?? props.label}
      spellCheck={false}
      value={props.value}
      onChange={(event) => props.onChange(event.target.value)}
    />
  );
}
