import { useEffect, useMemo, useState } from 'react';
import type { InstalledPackage } from '../../../core/model/node.ts';
import { factRows, KNOWN_SECTIONS, type KnownFacts } from '../../../core/model/knownFacts.ts';
import { formatEvr, formatNevra } from '../../../core/model/rpmVersion.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { byName, sinceIn } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { useNowAs } from '../../components/useNow.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.inventory;

const PACKAGE_COLUMNS: readonly TableColumn<InstalledPackage>[] = [
  {
    ...{ id: 'name', title: t.nodes.packageColumns.name, kind: 'name', widthPx: 88, grows: true },
    value: ({ name }) => name,
  },
  {
    ...{ id: 'version', title: t.nodes.packageColumns.version, widthPx: 126, holds: true },
    value: formatEvr,
    show: (item) => <span className="mono">{formatEvr(item)}</span>,
  },
  { id: 'arch', title: t.nodes.packageColumns.arch, widthPx: 66, folds: 1, value: ({ arch }) => arch },
];

/** How old what is known is; `readAtMs` by this machine's clock. */
function FactsAge({ readAtMs }: { readonly readAtMs: number }) {
  return <>{useNowAs((nowMs) => sinceIn(words.factsAge, readAtMs, nowMs))}</>;
}

/** What is known of one node, part by part with its age; a person has it read anew. */
export function NodeFacts(props: {
  readonly systemId: string;
  readonly nodeId: string;
  readonly clockOffsetMs: number;
  /** Given where the packages are shown too; they are asked for again when it changes. */
  readonly packagesDigest?: string | undefined;
  readonly withPackages?: boolean;
}) {
  const { systemId, nodeId, clockOffsetMs, packagesDigest, withPackages = false } = props;
  const { askFacts } = useActions();
  const busy = useApp(selectBusy(`facts:${nodeId}`));
  const [answered, setKnown] = useState<KnownFacts | undefined>();
  const known = answered?.nodeId === nodeId ? answered : undefined;
  const ask = (read: boolean): void => {
    void askFacts(systemId, nodeId, read).then((answer) => answer && setKnown(answer));
  };
  useEffect(() => {
    ask(false);
    // Once for each node, and when its packages changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [systemId, nodeId, packagesDigest]);
  const parts = known ? factRows(known) : [];
  const packages = useMemo(() => [...(known?.facts.packages ?? [])].sort((a, b) => byName(a.name, b.name)), [known]);
  return (
    <section aria-label={words.facts} className="node-facts">
      <div className="row-buttons">
        <b>{words.facts}</b>
        <button type="button" className="btn small" disabled={busy} onClick={() => ask(true)}>
          {words.factsRead}
        </button>
      </div>
      <AskError ask={`facts:${nodeId}`} />
      <div className="fact-sections">
        {KNOWN_SECTIONS.map((section) => {
          const part = parts.find((one) => one.section === section);
          if (!known) return null;
          return (
            <section key={section} aria-label={words.factSections[section]}>
              <h3>
                {words.factSections[section]}{' '}
                <span className="sub num">
                  {part ? <FactsAge readAtMs={part.readAtMs - clockOffsetMs} /> : words.factsNotRead}
                </span>
              </h3>
              <dl className="facts">
                {part?.rows.map(([name, value]) => (
                  <div key={name} className="fact">
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
      {withPackages && known && (
        <DataTable
          id="node-packages"
          label={words.factsPackages(nodeId)}
          columns={PACKAGE_COLUMNS}
          rows={packages}
          keyOf={formatNevra}
          fills
          fileName={`packages-of-${nodeId}`}
        />
      )}
    </section>
  );
}
