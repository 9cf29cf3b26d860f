import { useCallback, useEffect, useState } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';

export type LogLine = MethodResult<'job.nodeLog'>['lines'][number];

/** Lines of a log as they were read: a range of it, or those of all that match. */
export interface ShownLog {
  readonly lines: readonly LogLine[];
  /** Number of the first line, from 0; undefined where the lines do not stand beside each other. */
  readonly from: number | undefined;
  /** Lines of the whole log. */
  readonly total: number;
  /** Lines that were looked through for a search; fewer than `total` where the log is longer than that. */
  readonly searched?: number | undefined;
}

/** Lines read at once. */
export const PAGE_LINES = 200;
const SEARCH_PAGE_LINES = 1000;
/** A longer log is searched in its newest lines only. */
const MOST_SEARCHED_LINES = 20_000;
/** While the node works its log grows without any change of the cell. */
const READ_AGAIN_MS = 2_000;

interface LogPlace {
  readonly systemId: string;
  readonly jobId: string;
  readonly nodeId: string;
  /** Of every step where it is absent. */
  readonly stepId: string | undefined;
  readonly online: boolean;
  /** Of the node's cell: a change of it is a reason to read again. */
  readonly attempt: number | undefined;
  readonly state: string | undefined;
}

export interface NodeLogReader {
  readonly log: ShownLog | undefined;
  readonly readFrom: (from: number) => void;
  readonly readNewest: () => void;
}

/** A node's log by range, or what matches in it. `follow`: the newest lines are read again while the node works. */
export function useNodeLog(place: LogPlace, search: string, follow: boolean): NodeLogReader {
  const { systemId, jobId, nodeId, stepId, online, attempt, state } = place;
  const { readNodeLog } = useActions();
  const [log, setLog] = useState<ShownLog | undefined>();
  const wanted = search.trim().toLowerCase();

  const readPage = useCallback(
    (from: number, limit: number) =>
      readNodeLog(systemId, { jobId, nodeId, from, limit, ...(stepId === undefined ? {} : { stepId }) }),
    [readNodeLog, systemId, jobId, nodeId, stepId],
  );

  const newest = useCallback(async (): Promise<ShownLog | undefined> => {
    const first = await readPage(0, PAGE_LINES);
    if (!first || first.total <= PAGE_LINES) return first && { ...first, from: 0 };
    const from = first.total - PAGE_LINES;
    const last = await readPage(from, PAGE_LINES);
    return last && { ...last, from };
  }, [readPage]);

  const matching = useCallback(async (): Promise<ShownLog | undefined> => {
    const lines: LogLine[] = [];
    let total = 0;
    let from = 0;
    let begin: number | undefined;
    for (;;) {
      const page = await readPage(from, SEARCH_PAGE_LINES);
      if (!page) return undefined;
      total = page.total;
      if (begin === undefined && total > MOST_SEARCHED_LINES) {
        begin = from = total - MOST_SEARCHED_LINES;
        continue;
      }
      begin ??= 0;
      lines.push(...page.lines.filter(({ text }) => text.toLowerCase().includes(wanted)));
      from += page.lines.length;
      if (page.lines.length === 0 || from >= total) break;
    }
    return { lines, from: undefined, total, searched: total - begin };
  }, [readPage, wanted]);

  useEffect(() => {
    if (!online) return undefined;
    let gone = false;
    const read = (): Promise<void> =>
      (wanted === '' ? newest() : matching()).then((answer) => {
        if (answer && !gone) setLog(answer);
      });
    void read();
    // One after the other: on a slow line requests would pile up.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      timer = setTimeout(() => void read().then(() => !gone && again()), READ_AGAIN_MS);
    };
    if (follow && wanted === '' && state === 'running') again();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [online, newest, matching, wanted, follow, attempt, state]);

  return {
    log,
    readFrom: (from) =>
      void readPage(from, PAGE_LINES).then((answer) => {
        if (answer) setLog({ ...answer, from });
      }),
    readNewest: () =>
      void newest().then((answer) => {
        if (answer) setLog(answer);
      }),
  };
}
