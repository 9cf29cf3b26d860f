import { Fragment, useState } from 'react';
import type { Cell, PackageOutcome, PackageRow } from '../../../core/model/job.ts';
import { eachOf, type JobParts, type Sharded } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark, type MarkState } from '../../components/StateMark.tsx';
import { byName } from '../../components/format.ts';
import { TableHead } from '../../components/TableHead.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { whyHandsOff } from '../operation/nextRule.ts';

const words = t.operation.packages;
const COUNTS = [
  { key: 'successful', mark: 'ok' },
  { key: 'fail', mark: 'failed' },
  { key: 'ignored', mark: 'ignored' },
  { key: 'running', mark: 'running' },
  { key: 'waiting', mark: 'waiting' },
] as const satisfies readonly { key: keyof PackageRow; mark: MarkState }[];

const outcomeMarks = {
  waiting: 'waiting',
  running: 'running',
  successful: 'ok',
  fail: 'failed',
  ignored: 'ignored',
  unchanged: 'skipped',
} as const satisfies Record<string, MarkState>;

/** Package results: one row a package, its five counts add up to its nodes; a click shows which nodes. */
export function PackagesTable({ system, job }: { system: SystemView; job: OpenJob }) {
  const [open, setOpen] = useState<string | undefined>();
  const { systemId } = system.saved;
  const part = useJobPart(systemId, job.jobId, job.packages > 0 ? 'packages' : undefined);
  const rows = part?.order.flatMap((name) => part.rows[name] ?? []) ?? [];
  const failed = useJobPart(systemId, job.jobId, rows.some(({ fail }) => fail > 0) ? 'failed' : undefined);
  if (job.packages > 0 && !part) return <p className="sub">{t.operation.opening}</p>;
  if (rows.length === 0) return <p className="sub">{words.none}</p>;
  return (
    <section className="panel table-panel" aria-label={words.title}>
      <table className="list package-results">
        <TableHead columns={Object.values(words.columns)} />
        <tbody>
          {rows.map((row) => (
            <Fragment key={row.packageName}>
              <PackageResult
                system={system}
                job={job}
                row={row}
                failedOn={failed}
                open={open === row.packageName}
                onToggle={() => setOpen(open === row.packageName ? undefined : row.packageName)}
              />
              {open === row.packageName && <PackageNodes system={system} job={job} packageName={row.packageName} />}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface PackageResultProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly row: PackageRow;
  /** Nodes where packages failed, with their names; undefined until they have come. */
  readonly failedOn: JobParts['failed'] | undefined;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** Nodes of the current step on which the package alone was ignored: those that were left out, or have nothing to do, are others. */
function ignoredAlone(outcomes: Sharded<PackageOutcome> | undefined, cells: Sharded<Cell> | undefined): string[] {
  if (!outcomes || !cells) return [];
  return Object.entries(outcomes.shards)
    .flatMap(([at, shard]) =>
      Object.keys(shard).filter((nodeId) => {
        const state = cells.shards[at]?.[nodeId]?.state ?? 'skipped';
        return shard[nodeId] === 'ignored' && state !== 'ignored' && state !== 'skipped';
      }),
    )
    .sort(byName);
}

function PackageResult({ system, job, row, failedOn, open, onToggle }: PackageResultProps) {
  const { retryNodes, ignoreNodes, undoIgnore } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const failed = [...(failedOn ? eachOf(failedOn) : [])]
    .filter(([, names]) => names.includes(row.packageName))
    .map(([nodeId]) => nodeId)
    .sort(byName);
  const handsOff = busy || whyHandsOff(system, job) !== undefined;
  const off = handsOff || failed.length !== row.fail;
  const someIgnored = row.ignored > 0 && !isJobOver(job.state);
  const outcomes = useJobPart(systemId, job.jobId, someIgnored ? `package:${row.packageName}` : undefined);
  const cells = useJobPart(systemId, job.jobId, someIgnored ? `cells:${job.currentStep}` : undefined);
  const ignored = ignoredAlone(outcomes, cells);
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          className="link mono"
          aria-expanded={open}
          aria-label={words.expand(row.packageName)}
          onClick={onToggle}
        >
          {row.packageName}
        </button>
      </th>
      <td className="mono">{row.version}</td>
      {COUNTS.map(({ key, mark }) => (
        <td key={key} className="num">
          <span className={row[key] === 0 ? 'state-word zero' : 'state-word'}>
            {row[key] > 0 && <StateMark state={mark} />}
            {row[key]}
          </span>
        </td>
      ))}
      <td className="num">{row.nodes}</td>
      <td className="row-buttons">
        {row.fail > 0 && !isJobOver(job.state) && (
          <>
            <button
              type="button"
              className="btn small"
              disabled={off}
              onClick={() => void retryNodes(systemId, job.jobId, job.currentStep, failed)}
            >
              {t.operation.retry}
            </button>
            <button type="button" className="btn small" disabled={off} onClick={() => setIgnoring(true)}>
              {t.operation.ignore}
            </button>
          </>
        )}
        {ignored.length > 0 && !isJobOver(job.state) && (
          <button
            type="button"
            className="btn small"
            disabled={handsOff}
            onClick={() =>
              void undoIgnore(systemId, job.jobId, {
                stepId: job.currentStep,
                nodeIds: ignored,
                packageName: row.packageName,
              })
            }
          >
            {t.operation.undoIgnore}
          </button>
        )}
        {ignoring && (
          <ReasonDialog
            title={t.operation.ignoreTitle(failed.length)}
            text={t.operation.ignoreText}
            confirm={t.operation.ignoreConfirm}
            onConfirm={(reason) =>
              void ignoreNodes(systemId, job.jobId, {
                stepId: job.currentStep,
                nodeIds: failed,
                packageName: row.packageName,
                reason,
              })
            }
            onClose={() => setIgnoring(false)}
          >
            <p className="mono wrap">
              {row.packageName}: {failed.join(' ')}
            </p>
          </ReasonDialog>
        )}
      </td>
    </tr>
  );
}

function PackageNodes({ system, job, packageName }: { system: SystemView; job: OpenJob; packageName: string }) {
  const { showNode } = useActions();
  const outcomes = useJobPart(system.saved.systemId, job.jobId, `package:${packageName}`);
  const nodes = [...(outcomes ? eachOf(outcomes) : [])].sort(([a], [b]) => byName(a, b));
  return (
    <tr className="package-nodes">
      <td colSpan={Object.keys(words.columns).length}>
        <ul>
          {nodes.map(([nodeId, outcome]) => (
            <li key={nodeId}>
              <StateMark state={outcomeMarks[outcome]} />
              <button type="button" className="link mono" onClick={() => showNode(nodeId)}>
                {nodeId}
              </button>
              <span className="sub">{words.outcomes[outcome]}</span>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}
