import { Fragment, useState } from 'react';
import type { JobView, PackageRow } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark, type MarkState } from '../../components/StateMark.tsx';
import { byName } from '../../components/format.ts';
import { TableHead } from '../../components/TableHead.tsx';
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
export function PackagesTable({ system, job }: { system: SystemView; job: JobView }) {
  const [open, setOpen] = useState<string | undefined>();
  if (job.packages.length === 0) return <p className="sub">{words.none}</p>;
  return (
    <section className="panel table-panel" aria-label={words.title}>
      <table className="list package-results">
        <TableHead columns={Object.values(words.columns)} />
        <tbody>
          {job.packages.map((row) => (
            <Fragment key={row.packageName}>
              <PackageResult
                system={system}
                job={job}
                row={row}
                open={open === row.packageName}
                onToggle={() => setOpen(open === row.packageName ? undefined : row.packageName)}
              />
              {open === row.packageName && <PackageNodes job={job} packageName={row.packageName} />}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface PackageResultProps {
  readonly system: SystemView;
  readonly job: JobView;
  readonly row: PackageRow;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** Nodes of the current step on which the package alone was ignored: those that were left out, or have nothing to do, are others. */
function ignoredAlone(job: JobView, packageName: string): string[] {
  const cells = job.steps[job.currentStep]?.cells ?? {};
  return Object.values(job.nodes)
    .filter(({ nodeId, outcomes }) => {
      const state = cells[nodeId]?.state ?? 'skipped';
      return outcomes[packageName] === 'ignored' && state !== 'ignored' && state !== 'skipped';
    })
    .map(({ nodeId }) => nodeId)
    .sort(byName);
}

function PackageResult({ system, job, row, open, onToggle }: PackageResultProps) {
  const { retryNodes, ignoreNodes, undoIgnore } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const failed = Object.values(job.nodes)
    .filter((node) => node.outcomes[row.packageName] === 'fail')
    .map((node) => node.nodeId)
    .sort(byName);
  const handsOff = busy || whyHandsOff(system, job) !== undefined;
  const off = handsOff || failed.length === 0;
  const ignored = ignoredAlone(job, row.packageName);
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
        {failed.length > 0 && !isJobOver(job.state) && (
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

function PackageNodes({ job, packageName }: { job: JobView; packageName: string }) {
  const { showNode } = useActions();
  const nodes = Object.values(job.nodes)
    .filter((node) => node.outcomes[packageName] !== undefined)
    .sort((a, b) => byName(a.nodeId, b.nodeId));
  return (
    <tr className="package-nodes">
      <td colSpan={Object.keys(words.columns).length}>
        <ul>
          {nodes.map((node) => {
            const outcome = node.outcomes[packageName] ?? 'waiting';
            return (
              <li key={node.nodeId}>
                <StateMark state={outcomeMarks[outcome]} />
                <button type="button" className="link mono" onClick={() => showNode(node.nodeId)}>
                  {node.nodeId}
                </button>
                <span className="sub">{words.outcomes[outcome]}</span>
              </li>
            );
          })}
        </ul>
      </td>
    </tr>
  );
}
