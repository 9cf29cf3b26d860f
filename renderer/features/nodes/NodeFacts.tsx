import { useEffect, useState } from 'react';
import { factRows, KNOWN_SECTIONS, type KnownFacts } from '../../../core/model/knownFacts.ts';
import { formatEvr, formatNevra } from '../../../core/model/rpmVersion.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { byName, formatAge } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.inventory;

/** What is known of one node, part by part with its age; a person has it read anew. */
export function NodeFacts(props: {
  readonly systemId: string;
  readonly nodeId: string;
  readonly clockOffsetMs: number;
  /** Given where the packages are shown too; they are asked for again when it changes. */
  readonly packagesDigest?: string | undefined;
}) {
  const { systemId, nodeId, clockOffsetMs, packagesDigest } = props;
  const { askFacts } = useActions();
  const busy = useApp(selectBusy(`facts:${nodeId}`));
  const [answered, setKnown] = useState<KnownFacts | undefined>();
  const known = answered?.nodeId === nodeId ? answered : undefined;
  const nowMs = useNow() + clockOffsetMs;
  const ask = (read: boolean): void => {
    void askFacts(systemId, nodeId, read).then((answer) => answer && setKnown(answer));
  };
  useEffect(() => {
    ask(false);
    // Once for each node, and when its packages changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [systemId, nodeId, packagesDigest]);
  const parts = known ? factRows(known) : [];
  return (
    <section aria-label={words.facts}>
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
                  {part ? words.factsAge(formatAge(Math.max(0, nowMs - part.readAtMs))) : words.factsNotRead}
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
      {packagesDigest !== undefined && (
        <ul className="mono">
          {[...(known?.facts.packages ?? [])]
            .sort((a, b) => byName(a.name, b.name))
            .map((item) => (
              <li key={formatNevra(item)}>
                {item.name} {formatEvr(item)} {item.arch}
              </li>
            ))}
        </ul>
      )}
    </section>
  );
}
