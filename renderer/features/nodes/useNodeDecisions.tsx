import { useState, type ReactNode } from 'react';
import type { Cell } from '../../../core/model/job.ts';
import { foldNames } from '../../../core/model/nodeNames.ts';
import { needsDecision, type StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import type { MenuEntries } from '../../components/ContextMenu.tsx';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { byName } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { RollbackDialog } from '../operation/RollbackDialog.tsx';
import { canAccept, whyHandsOff, whyNoRollback } from '../operation/nextRule.ts';
import type { NodeCell } from './grouping.ts';

const words = t.operation.marked;

/** Which of some nodes each deed is for. */
export interface NodesByDeed {
  readonly retry: readonly string[];
  readonly ignore: readonly string[];
  readonly giveUp: readonly string[];
  /** Came through with a warning that nobody accepted. */
  readonly accept: readonly string[];
  /** Ignored at this step, which can be taken back while the job is at it. */
  readonly undoIgnore: readonly string[];
}

/**
 * A node that is busy is refused until the work there has ended; one that needs a decision can be retried or ignored. Where none does, those that came
 * through with a warning can be retried.
 */
export function nodesByDeed(nodes: Iterable<{ readonly nodeId: string; readonly cell: Cell }>): NodesByDeed {
  const retry: string[] = [];
  const ignore: string[] = [];
  const giveUp: string[] = [];
  const warned: string[] = [];
  const accept: string[] = [];
  const undoIgnore: string[] = [];
  for (const { nodeId, cell } of nodes) {
    if (cell.state === 'running') giveUp.push(nodeId);
    if (cell.state === 'ignored') undoIgnore.push(nodeId);
    if (cell.state === 'warned') warned.push(nodeId);
    if (cell.state === 'warned' && cell.acceptedBy === undefined) accept.push(nodeId);
    if (!needsDecision(cell)) continue;
    ignore.push(nodeId);
    if (cell.cause?.code !== 'node-busy') retry.push(nodeId);
  }
  return { retry: ignore.length > 0 ? retry : warned, ignore, giveUp, accept, undoIgnore };
}

export interface NodeDecisions {
  readonly byDeed: (nodeIds: ReadonlySet<string>) => NodesByDeed;
  /** Nothing can be decided now: no line, no baton, or an ask waits for its answer. */
  readonly off: boolean;
  /** As `off`, for Retry, which warned nodes can have at a step that is behind as well. */
  readonly retryOff: (deeds: NodesByDeed) => boolean;
  readonly retry: (nodeIds: readonly string[]) => void;
  readonly undoIgnore: (nodeIds: readonly string[]) => void;
  readonly askIgnore: (nodeIds: readonly string[]) => void;
  readonly askGiveUp: (nodeIds: readonly string[]) => void;
  readonly menuOf: (nodeIds: readonly string[]) => MenuEntries;
  /** The dialog that is open, if any. */
  readonly dialog: ReactNode;
}

type Asking = { readonly deed: 'ignore' | 'give-up' | 'hold' | 'rollback'; readonly nodeIds: readonly string[] };

/** What a person can decide about nodes of a step: the same from the map, the table, their menus and the line of what is marked. */
export function useNodeDecisions(props: {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly step: StepHead;
  readonly cells: readonly NodeCell[];
}): NodeDecisions {
  const { system, job, step, cells } = props;
  const { systemId } = system.saved;
  const { retryNodes, acceptWarnings, ignoreNodes, undoIgnore, giveUp, holdNodes, releaseNodes, showNode } =
    useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [asking, setAsking] = useState<Asking | undefined>();
  const off = busy || whyHandsOff(system, job, step.stepId) !== undefined;

  const warnedOff = busy || whyHandsOff(system, job) !== undefined;
  const retryOff = ({ retry: nodeIds, ignore }: NodesByDeed): boolean =>
    nodeIds.length === 0 || (ignore.length > 0 ? off : warnedOff);

  const byDeed = (nodeIds: ReadonlySet<string>): NodesByDeed =>
    nodesByDeed(
      nodeIds.size === 0
        ? []
        : cells.flatMap(({ node, cell }) => (nodeIds.has(node.nodeId) ? [{ nodeId: node.nodeId, cell }] : [])),
    );
  const retry = (nodeIds: readonly string[]): void => void retryNodes(systemId, job.jobId, step.stepId, nodeIds);
  const takeBack = (nodeIds: readonly string[]): void =>
    void undoIgnore(systemId, job.jobId, { stepId: step.stepId, nodeIds });
  const askIgnore = (nodeIds: readonly string[]): void => setAsking({ deed: 'ignore', nodeIds });
  const askGiveUp = (nodeIds: readonly string[]): void => setAsking({ deed: 'give-up', nodeIds });

  const menuOf = (nodeIds: readonly string[]): MenuEntries => {
    const deeds = byDeed(new Set(nodeIds));
    const [only] = nodeIds;
    return [
      ...(only !== undefined && nodeIds.length === 1
        ? [{ id: 'open', text: words.open(only), run: () => showNode(only) }, undefined]
        : []),
      {
        id: 'retry',
        text: words.retry(deeds.retry.length),
        disabled: retryOff(deeds),
        run: () => retry(deeds.retry),
      },
      {
        id: 'accept',
        text: words.accept(deeds.accept.length),
        disabled: busy || deeds.accept.length === 0 || !canAccept(system, job),
        run: () => void acceptWarnings(systemId, job.jobId, step.stepId, deeds.accept),
      },
      {
        id: 'ignore',
        text: words.ignore(deeds.ignore.length),
        disabled: off || deeds.ignore.length === 0,
        run: () => askIgnore(deeds.ignore),
      },
      ...(deeds.undoIgnore.length === 0
        ? []
        : [
            {
              id: 'undo-ignore',
              text: words.undoIgnore(deeds.undoIgnore.length),
              disabled: off,
              run: () => takeBack(deeds.undoIgnore),
            },
          ]),
      {
        id: 'give-up',
        text: words.giveUp(deeds.giveUp.length),
        disabled: off || deeds.giveUp.length === 0,
        run: () => askGiveUp(deeds.giveUp),
      },
      {
        id: 'hold',
        text: t.operation.hold.count(nodeIds.length),
        disabled: off || nodeIds.length === 0,
        run: () => setAsking({ deed: 'hold', nodeIds }),
      },
      {
        id: 'release',
        text: t.operation.hold.releaseCount(nodeIds.length),
        disabled: off || !job.held,
        run: () => void releaseNodes(systemId, job.jobId, nodeIds),
      },
      ...(job.canRollback && nodeIds.length === 1
        ? [
            {
              id: 'rollback',
              text: t.operation.rollback.node,
              disabled: busy || whyNoRollback(system, job, step.stepId) !== undefined,
              run: () => setAsking({ deed: 'rollback', nodeIds }),
            },
          ]
        : []),
      undefined,
      {
        id: 'copy-names',
        text: words.copyNames(nodeIds.length),
        run: () => void navigator.clipboard?.writeText([...nodeIds].sort(byName).join('\n')),
      },
    ];
  };

  const close = (): void => setAsking(undefined);
  return {
    ...{ byDeed, off, retryOff, retry, undoIgnore: takeBack, askIgnore, askGiveUp, menuOf },
    dialog: asking && (
      <DecisionDialog
        asking={asking}
        onClose={close}
        onIgnore={(reason) =>
          ignoreNodes(systemId, job.jobId, { stepId: step.stepId, nodeIds: asking.nodeIds, reason })
        }
        onHold={(reason) => holdNodes(systemId, job.jobId, asking.nodeIds, reason)}
        onGiveUp={(reason) =>
          giveUp(systemId, job.jobId, { stepId: step.stepId, nodeIds: [...asking.nodeIds], reason })
        }
        systemId={systemId}
        job={job}
      />
    ),
  };
}

function DecisionDialog(props: {
  readonly asking: Asking;
  readonly systemId: string;
  readonly job: OpenJob;
  readonly onIgnore: (reason: string) => Promise<unknown>;
  readonly onGiveUp: (reason: string) => Promise<unknown>;
  readonly onHold: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const { asking, systemId, job, onIgnore, onGiveUp, onHold, onClose } = props;
  const names = [...asking.nodeIds].sort(byName);
  if (asking.deed === 'rollback')
    return <RollbackDialog systemId={systemId} job={job} nodeId={names[0] ?? ''} onClose={onClose} />;
  const { hold } = t.operation;
  const told = {
    ignore: {
      title: t.operation.ignoreTitle(names.length),
      ...{ text: t.operation.ignoreText, confirm: t.operation.ignoreConfirm, onConfirm: onIgnore },
    },
    'give-up': {
      title: words.giveUpTitle(names),
      ...{ text: t.operation.giveUpText, confirm: t.operation.giveUpConfirm, onConfirm: onGiveUp },
    },
    hold: { title: hold.title(names), text: hold.text, confirm: hold.confirm, onConfirm: onHold },
  }[asking.deed];
  return (
    <ReasonDialog
      {...told}
      about={`${asking.deed} ${job.jobId} ${job.currentStep} ${foldNames(names)}`}
      onClose={onClose}
    >
      <p className="mono wrap name-list">{foldNames(names)}</p>
    </ReasonDialog>
  );
}
