import type { OpenJob } from '../stores/openJob.ts';
import { useEffect, useRef, useState } from 'react';
import type { ReadTable } from '../../core/steps/readTable.ts';
import type { TableShape } from '../../core/steps/tables.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { useActions } from '../app/context.ts';

/** While a job goes on its tables are read again at most this often. */
const READ_AGAIN_MS = 2_000;

interface Place {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly stepId: string;
  readonly table: string;
}

/** The first rows of a table, read when it is looked at and again as the job goes on; undefined before they came. */
export function useStepTable<Row>(
  { system, job, stepId, table }: Place,
  shape: TableShape<Row>,
  limit: number,
): ReadTable<Row> | undefined {
  const { readStepTable } = useActions();
  const [read, setRead] = useState<{ readonly of: string; readonly ask: number; readonly table: ReadTable<Row> }>();
  const last = useRef({ what: '', atMs: 0, ask: 0, done: Promise.resolve() });
  const { systemId } = system.saved;
  const { jobId, eventNumber } = job;
  const online = system.session.kind === 'online';
  const of = `${jobId} ${stepId} ${table}`;
  useEffect(() => {
    if (!online) return undefined;
    const what = `${of} ${limit}`;
    let gone = false;
    // Another table, or more of it, is read at once; the same one again after a while, and on a slow line when it has come.
    const waitMs = last.current.what === what ? last.current.atMs + READ_AGAIN_MS - performance.now() : 0;
    const readNow = async (): Promise<void> => {
      if (last.current.what === what) await last.current.done;
      if (gone) return;
      const ask = last.current.ask + 1;
      const done = readStepTable(systemId, shape, { jobId, stepId, table, limit }).then((answer) => {
        // The job goes on while an answer comes, so that alone makes none too old; one that was asked for later does.
        if (answer) setRead((shown) => (shown && shown.ask > ask ? shown : { of, ask, table: answer }));
      });
      last.current = { what, atMs: performance.now(), ask, done };
    };
    const timer = setTimeout(() => void readNow(), Math.max(0, waitMs));
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [readStepTable, systemId, shape, jobId, stepId, table, limit, of, online, eventNumber]);
  return read?.of === of ? read.table : undefined;
}
