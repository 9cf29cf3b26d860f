import { useMemo, useState } from 'react';
import type { JobState, JobSummary } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { useFilter } from '../../app/useFilter.ts';
import { FilterState } from '../../components/FilterState.tsx';
import { NOTHING_SELECTED } from '../../components/table/rowSelection.ts';
import { masterNow } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { HistoryTable } from './HistoryTable.tsx';
import { filterHistory, HISTORY_DAYS, historyChoices } from './historyFilter.ts';

const words = t.operations;

/** Operations that are over: found by words, state, operation, person and time; two that are marked can be compared. */
export function HistoryPanel({ system, jobs }: { readonly system: SystemView; readonly jobs: readonly JobSummary[] }) {
  const { compareJobs } = useActions();
  const { systemId } = system.saved;
  const historyFilter = useFilter('history', systemId);
  const { filter, change } = historyFilter;
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const choices = useMemo(() => historyChoices(jobs, filter), [jobs, filter]);
  // Whole days are asked for: a list that is a moment old says the same.
  // eslint-disable-next-line react-hooks/purity
  const shown = useMemo(() => filterHistory(jobs, filter, masterNow(system, Date.now())), [jobs, filter, system]);
  const marked = shown.filter(({ jobId, problem }) => selection.keys.has(jobId) && problem === undefined);
  const [newer, older] = marked;
  const canCompare = marked.length === 2 && newer !== undefined && older !== undefined;
  return (
    <section className="panel" aria-label={words.historyTitle}>
      <div className="panel-head">
        <h2>{words.historyTitle}</h2>
        <div className="row-buttons">
          <span className="sub">{canCompare ? '' : words.compare.how}</span>
          <button
            type="button"
            className="btn small"
            disabled={!canCompare}
            onClick={() => canCompare && compareJobs(systemId, [older.jobId, newer.jobId])}
          >
            {words.compare.button}
          </button>
        </div>
      </div>
      <div className="tools" role="search" aria-label={words.filter.label}>
        <input
          type="search"
          value={filter.find}
          aria-label={words.filter.find}
          placeholder={words.filter.find}
          onChange={(event) => change({ find: event.target.value })}
        />
        <select
          aria-label={words.columns.state}
          value={filter.state}
          onChange={(event) => change({ state: event.target.value as JobState | '' })}
        >
          <option value="">{words.filter.anyState}</option>
          {choices.states.map((state) => (
            <option key={state} value={state}>
              {t.jobStates[state]}
            </option>
          ))}
        </select>
        <select
          aria-label={words.columns.operation}
          value={filter.operationId}
          onChange={(event) => change({ operationId: event.target.value })}
        >
          <option value="">{words.filter.anyOperation}</option>
          {choices.operations.map(([id, title]) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
        <select
          aria-label={words.filter.who}
          value={filter.who}
          onChange={(event) => change({ who: event.target.value })}
        >
          <option value="">{words.filter.anybody}</option>
          {choices.people.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label={words.columns.started}
          value={filter.days}
          onChange={(event) => change({ days: Number(event.target.value) })}
        >
          <option value={0}>{words.filter.anyTime}</option>
          {HISTORY_DAYS.map((days) => (
            <option key={days} value={days}>
              {words.filter.days(days)}
            </option>
          ))}
        </select>
        <FilterState filter={historyFilter} shown={shown.length} all={jobs.length} />
      </div>
      <HistoryTable systemId={systemId} jobs={shown} selection={selection} onSelect={setSelection} />
    </section>
  );
}
