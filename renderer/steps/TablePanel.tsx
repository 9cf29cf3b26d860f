import type { OpenJob } from '../stores/openJob.ts';
import type { StepHead } from '../../core/model/jobParts.ts';
import { useState, type ReactNode } from 'react';
import type { ReadTable } from '../../core/steps/readTable.ts';
import type { TableShape } from '../../core/steps/tables.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { useActions, useApp } from '../app/context.ts';
import { AskError } from '../components/ErrorNote.tsx';
import { selectBusy } from '../stores/selectors.ts';
import { t } from '../texts/en.ts';
import { News } from '../components/News.tsx';

/** What a table of a step is shown with. */
export interface StepTableProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly step: StepHead;
}

interface TablePanelProps<CsvRow> extends StepTableProps {
  readonly title: string;
  readonly text: string;
  readonly tools?: ReactNode;
  readonly read: ReadTable<unknown> | undefined;
  readonly none: string;
  readonly onMore: () => void;
  /** The table that is saved. */
  readonly csv: { readonly shape: TableShape<CsvRow>; readonly table: string; readonly name: string };
  readonly children: ReactNode;
}

/** The frame of a table of a step: title, CSV, notes, and the rest on request. */
export function TablePanel<CsvRow>(props: TablePanelProps<CsvRow>) {
  const { system, job, step, title, text, tools, read, none, onMore, csv, children } = props;
  const { saveStepTable } = useActions();
  const ask = `table:${job.jobId}`;
  const busy = useApp(selectBusy(`${ask}:csv`));
  const [savedAs, setSavedAs] = useState<string | undefined>();
  const place = { jobId: job.jobId, stepId: step.stepId, table: csv.table };
  return (
    <section className="panel step-table" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        {tools}
        <button
          type="button"
          className="btn small"
          disabled={busy || system.session.kind !== 'online' || (read?.total ?? 0) === 0}
          onClick={() => {
            setSavedAs(undefined);
            const name = `${csv.name}-job-${job.jobNumber}.csv`;
            void saveStepTable(system.saved.systemId, csv.shape, place, name).then(setSavedAs);
          }}
        >
          {t.tables.csv}
        </button>
      </div>
      <p className="sub">{text}</p>
      {savedAs && <News as="p">{t.tables.saved(savedAs)}</News>}
      <AskError ask={ask} />
      <AskError ask={`${ask}:csv`} />
      {read?.notes.map((note) => (
        <p key={note} className="warn-text">
          {note}
        </p>
      ))}
      {!read && <p className="sub">{t.tables.reading}</p>}
      {read?.rows.length === 0 && <p className="sub">{none}</p>}
      {read && read.rows.length > 0 && children}
      {read && read.rows.length < read.total && (
        <p className="row-buttons">
          <span className="sub num">{t.tables.more(read.rows.length, read.total)}</span>
          <button type="button" className="btn small" onClick={onMore}>
            {t.tables.showMore}
          </button>
        </p>
      )}
    </section>
  );
}
