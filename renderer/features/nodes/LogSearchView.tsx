import { useMemo, useState } from 'react';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';
import type { NodeCell } from './grouping.ts';
import type { NodesShownProps } from './NodeMap.tsx';
import { useLogSearch, type NodeWithText } from './useLogSearch.ts';
import { News } from '../../components/News.tsx';

const words = t.logs;

interface FoundRow {
  readonly found: NodeWithText;
  readonly cell: NodeCell;
  readonly stepTitle: string;
}

const keyOf = ({ found }: FoundRow): string => found.nodeId;
const lastOf = ({ found }: FoundRow): NodeWithText['lines'][number] | undefined => found.lines.at(-1);

const COLUMNS: readonly TableColumn<FoundRow>[] = [
  {
    ...{ id: 'node', title: t.operation.columns.node, kind: 'name', widthPx: 120 },
    value: keyOf,
  },
  {
    ...{ id: 'state', title: t.operation.columns.state, widthPx: 110 },
    value: ({ cell }) => t.states[cell.cell.state],
    show: ({ cell }) => (
      <span className="state-word">
        <StateMark state={cell.cell.state} />
        {t.states[cell.cell.state]}
      </span>
    ),
  },
  { id: 'lines', title: words.columns.lines, kind: 'number', widthPx: 60, value: ({ found }) => found.matches },
  {
    ...{ id: 'time', title: words.columns.time, kind: 'number', widthPx: 76 },
    value: (row) => lastOf(row)?.atMs,
    show: (row) => formatClock(lastOf(row)?.atMs ?? 0, true),
    exported: (row) => new Date(lastOf(row)?.atMs ?? 0).toISOString(),
  },
  { id: 'step', title: words.columns.step, widthPx: 110, value: ({ stepTitle }) => stepTitle },
  {
    ...{ id: 'text', title: words.columns.text, widthPx: 200, grows: true },
    value: (row) => lastOf(row)?.text,
    show: (row) => <span className="mono">{lastOf(row)?.text}</span>,
    exported: ({ found }) => found.lines.map(({ text }) => text).join('\n'),
  },
];

/** Which nodes said a text, in the logs of all of them; the filter of the view counts here too, and a row opens its node. */
export function LogSearchView(
  props: NodesShownProps & { readonly system: SystemView; readonly job: OpenJob; readonly step: StepHead },
) {
  const { system, job, step, cells, openNode, onOpen, selection, onSelect, menuOf, fileName } = props;
  const [text, setText] = useState('');
  const [onlyStep, setOnlyStep] = useState(false);
  const { search, run, clear } = useLogSearch(system.saved.systemId, job.jobId);
  const online = system.session.kind === 'online';
  const cellOf = useMemo(() => new Map(cells.map((cell) => [cell.node.nodeId, cell])), [cells]);
  const rows = useMemo(
    () =>
      (search?.nodes ?? []).flatMap((found): FoundRow[] => {
        const cell = cellOf.get(found.nodeId);
        const stepId = found.lines.at(-1)?.stepId ?? '';
        return cell ? [{ found, cell, stepTitle: job.steps[stepId]?.title ?? stepId }] : [];
      }),
    [search?.nodes, cellOf, job.steps],
  );
  const stepId = onlyStep ? step.stepId : undefined;
  const hidden = (search?.nodes.length ?? 0) - rows.length;
  return (
    <section className="table-section fills" aria-label={words.title}>
      <form
        className="tools"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') void run(text.trim(), stepId, undefined);
        }}
      >
        <input
          type="search"
          className="log-text"
          aria-label={words.search}
          placeholder={words.search}
          maxLength={200}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (event.target.value === '') clear();
          }}
        />
        <label className="check">
          <input type="checkbox" checked={onlyStep} onChange={(event) => setOnlyStep(event.target.checked)} />
          {words.thisStep(step.title)}
        </label>
        <button type="submit" className="btn small" disabled={!online || text.trim() === ''}>
          {words.go}
        </button>
      </form>
      <AskError ask={`logs:${job.jobId}`} />
      <div className="marked-line">
        <News as="span" className="sub num">
          {!search
            ? words.empty
            : search.under === 'way'
              ? words.searching(search.searched, search.nodes.length)
              : [
                  words.found(search.nodes.length, search.searched),
                  search.under === 'stopped' && words.stopped,
                  hidden > 0 && words.hidden(hidden),
                ]
                  .filter(Boolean)
                  .join(' ')}
        </News>
        {search?.under === 'stopped' && (
          <button type="button" className="btn small" onClick={() => void run(search.text, stepId, search)}>
            {words.more}
          </button>
        )}
      </div>
      {rows.length > 0 && (
        <DataTable
          id="log-search"
          label={words.title}
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          onOpen={onOpen}
          openKey={openNode}
          selection={selection}
          onSelect={onSelect}
          menuOf={menuOf}
          fills
          fileName={fileName}
        />
      )}
    </section>
  );
}
