import { useEffect, useMemo } from 'react';
import { standing } from '../../../core/model/needsPerson.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { AsItWas } from '../../components/AsItWas.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { Unread } from '../../components/Unread.tsx';
import { JobStateWord, StateWord } from '../../components/StateMark.tsx';
import { formatDate, formatDifference, formatElapsed, formatMoment } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectJob } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import {
  compareAnswers,
  compareSteps,
  compareVersions,
  type ComparedRun,
  type ComparedStep,
  type ComparedValue,
} from './compareRuns.ts';
import { spanOf, StepBars, type BarSpan } from './StepBars.tsx';

const words = t.operations.compare;

/** A run as it is watched while it is compared; undefined until its head has come. */
function useRun(systemId: string, jobId: string): ComparedRun | undefined {
  const { openJob, closeJob } = useActions();
  const head = useApp(selectJob(systemId, jobId));
  useEffect(() => {
    void openJob(systemId, jobId);
    return () => void closeJob(systemId, jobId);
  }, [systemId, jobId, openJob, closeJob]);
  const plan = useJobPart(systemId, jobId, head?.planned === true ? 'plan' : undefined)?.plan;
  return useMemo(() => head && { head, plan }, [head, plan]);
}

/** Two runs side by side: the same steps with their times and counts, settings and answers, the versions. */
export function CompareView({
  system,
  jobIds,
}: {
  readonly system: SystemView;
  readonly jobIds: readonly [string, string];
}) {
  const { showJob, showSystem } = useActions();
  const { systemId } = system.saved;
  const first = useRun(systemId, jobIds[0]);
  const second = useRun(systemId, jobIds[1]);
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1>{words.title}</h1>
        <button type="button" className="btn small" onClick={() => showSystem(systemId, 'operations')}>
          {words.back}
        </button>
      </div>
      {jobIds.map((jobId) => (
        <AskError key={jobId} ask={`open:${jobId}`} />
      ))}
      <AsItWas systemId={systemId} keys={jobIds.flatMap((jobId) => [jobId, `${jobId}/plan`])} />
      {first && second ? (
        <Compared runs={[first, second]} onOpen={(jobId) => showJob(systemId, jobId)} />
      ) : (
        <p className="sub">
          <Unread system={system} reading={t.operation.opening} />
        </p>
      )}
    </main>
  );
}

function Compared({
  runs,
  onOpen,
}: {
  readonly runs: readonly [ComparedRun, ComparedRun];
  readonly onOpen: (jobId: string) => void;
}) {
  const [a, b] = runs;
  const numbers = [a.head.jobNumber, b.head.jobNumber] as const;
  const steps = useMemo(() => compareSteps([a, b]), [a, b]);
  const answers = useMemo(() => compareAnswers([a, b], formatMoment), [a, b]);
  const versions = useMemo(() => compareVersions([a, b]), [a, b]);
  const columns = useMemo(() => {
    const spanIn = (at: 0 | 1): BarSpan => {
      const { head } = at === 0 ? a : b;
      return spanOf(
        steps.map(({ runs: of }) => of[at]),
        head.endedAtMs ?? head.startedAtMs,
      );
    };
    const anyIgnored = steps.some(({ runs }) => runs.some((run) => (run?.ignored ?? 0) > 0));
    return stepColumns([a.head.jobNumber, b.head.jobNumber], [spanIn(0), spanIn(1)], anyIgnored);
  }, [a, b, steps]);
  const fileName = `compare-jobs-${numbers.join('-')}`;
  return (
    <>
      <section className="panel" aria-label={words.runs}>
        {runs.map(({ head }, i) => (
          <div key={head.jobId} className="compare-run">
            <span className={`run-key run-${i}`} aria-hidden="true" />
            <button type="button" className="link num" onClick={() => onOpen(head.jobId)}>
              {t.operation.job(head.jobNumber)}
            </button>
            <b>{head.title}</b>
            <JobStateWord job={standing(head)} />
            <span className="num">{t.common.nodes(head.nodes)}</span>
            <span className="sub">{t.operations.startedBy(head.startedBy, formatDate(head.startedAtMs))}</span>
            <span className="num">
              {head.endedAtMs === undefined ? '' : words.took(formatElapsed(head.endedAtMs - head.startedAtMs))}
            </span>
          </div>
        ))}
      </section>
      <section className="panel" aria-label={words.steps}>
        <h2>{words.steps}</h2>
        <DataTable
          id="compare-steps"
          label={words.steps}
          columns={columns}
          rows={steps}
          keyOf={({ stepId }) => stepId}
          fileName={`${fileName}-steps`}
        />
      </section>
      <Values id="compare-answers" title={words.answers} rows={answers} numbers={numbers} none={words.noAnswers} />
      <Values id="compare-versions" title={words.versions} rows={versions} numbers={numbers} none={words.noVersions} />
    </>
  );
}

function Values(props: {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly ComparedValue[];
  readonly numbers: readonly [number, number];
  readonly none: string;
}) {
  const [first, second] = props.numbers;
  const columns = useMemo(() => valueColumns([first, second]), [first, second]);
  const sorted = useMemo(() => props.rows.toSorted((a, b) => Number(b.differs) - Number(a.differs)), [props.rows]);
  const differing = sorted.filter(({ differs }) => differs).length;
  return (
    <section className="panel" aria-label={props.title}>
      <h2>
        {props.title} <span className="sub num">{words.differing(differing, sorted.length)}</span>
      </h2>
      <DataTable
        id={props.id}
        label={props.title}
        columns={columns}
        rows={sorted}
        keyOf={({ key }) => key}
        rowClass={({ differs }) => (differs ? 'attention' : undefined)}
        fileName={`${props.id}-${first}-${second}`}
        empty={props.none}
      />
    </section>
  );
}

function valueColumns(numbers: readonly [number, number]): readonly TableColumn<ComparedValue>[] {
  return [
    { id: 'what', title: words.what, widthPx: 180, value: ({ title }) => title },
    {
      ...{ id: 'differs', title: words.same, widthPx: 80, folds: 1 },
      value: ({ differs }) => (differs ? words.differs : words.equal),
    },
    ...([0, 1] as const).map((at): TableColumn<ComparedValue> => ({
      ...{ id: `run-${at}`, title: t.operation.job(numbers[at]), widthPx: 240, grows: true },
      value: ({ values }) => values[at] ?? words.none,
    })),
  ];
}

/** How much longer the second took, `+0:01:10`. */
function difference({ runs: [a, b] }: ComparedStep): number | undefined {
  return a?.tookMs === undefined || b?.tookMs === undefined ? undefined : b.tookMs - a.tookMs;
}
const signed = (ms: number | undefined): string => (ms === undefined ? '' : formatDifference(ms));

function stepColumns(
  numbers: readonly [number, number],
  spans: readonly [BarSpan, BarSpan],
  anyIgnored: boolean,
): readonly TableColumn<ComparedStep>[] {
  const each = (make: (at: 0 | 1, of: string) => TableColumn<ComparedStep>): TableColumn<ComparedStep>[] =>
    ([0, 1] as const).map((at) => make(at, String(numbers[at])));
  return [
    { id: 'step', title: words.step, widthPx: 150, value: ({ title }) => title },
    {
      ...{ id: 'picture', title: words.picture, widthPx: 180, grows: true, folds: 2 },
      value: ({ runs }) => runs[0]?.startedAtMs,
      show: ({ runs }) => <StepBars runs={runs} spans={spans} />,
      exported: () => undefined,
    },
    ...each((at, of) => ({
      ...{ id: `state-${at}`, title: words.state(of), widthPx: 104 },
      value: ({ runs }) => (runs[at] ? t.states[runs[at].state] : words.none),
      show: ({ runs }) => (runs[at] ? <StateWord state={runs[at].state} /> : words.none),
    })),
    ...each((at, of) => ({
      ...{ id: `took-${at}`, title: words.tookOf(of), kind: 'number', widthPx: 84, folds: 4 },
      value: ({ runs }) => runs[at]?.tookMs,
      show: ({ runs }) => (runs[at]?.tookMs === undefined ? '' : formatElapsed(runs[at].tookMs)),
    })),
    {
      ...{ id: 'difference', title: words.difference, kind: 'number', widthPx: 84 },
      value: difference,
      show: (row) => signed(difference(row)),
      exported: (row) => signed(difference(row)),
    },
    ...each((at, of) => ({
      ...{ id: `done-${at}`, title: words.done(of), kind: 'number', widthPx: 92, folds: 1 },
      value: ({ runs }) => runs[at]?.done,
    })),
    ...each((at, of) => ({
      ...{ id: `trouble-${at}`, title: words.trouble(of), kind: 'number', widthPx: 108, folds: 3 },
      value: ({ runs }) => runs[at]?.trouble,
    })),
    ...each((at, of) => ({
      ...{ id: `ignored-${at}`, title: words.ignored(of), kind: 'number', widthPx: 92, folds: 1 },
      ...(anyIgnored ? {} : { offAtFirst: true }),
      value: ({ runs }) => runs[at]?.ignored,
    })),
    ...each((at, of) => ({
      ...{ id: `attempts-${at}`, title: words.attempts(of), kind: 'number', widthPx: 92, offAtFirst: true },
      value: ({ runs }) => runs[at]?.attempts,
    })),
  ];
}
