import { useCallback, useRef, useState } from 'react';
import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';

export type NodeWithText = MethodResult<'job.searchLog'>['nodes'][number];

/** Nodes of one answer; on a slow line the first come soon. */
const NODES_AN_ANSWER = 50;
/** Nodes that are found before a person is asked whether to go on. */
const NODES_A_TURN = 500;

export interface LogSearch {
  readonly text: string;
  readonly nodes: readonly NodeWithText[];
  /** Nodes that were looked through. */
  readonly searched: number;
  readonly under: 'way' | 'stopped' | 'end';
  /** Where the rest begins. */
  readonly next: number | undefined;
}

/** Looks through the logs of all nodes of a job, answer by answer; a new search ends the one before. */
export function useLogSearch(systemId: string, jobId: string) {
  const { searchLogs } = useActions();
  const [search, setSearch] = useState<LogSearch | undefined>();
  const turn = useRef(0);

  const run = useCallback(
    async (text: string, stepId: string | undefined, before: LogSearch | undefined): Promise<void> => {
      const mine = ++turn.current;
      let now: LogSearch = before ?? { text, nodes: [], searched: 0, under: 'way', next: 0 };
      const until = now.nodes.length + NODES_A_TURN;
      setSearch({ ...now, under: 'way' });
      while (now.next !== undefined && now.nodes.length < until) {
        const answer = await searchLogs(systemId, {
          ...{ jobId, text, from: now.next, limit: NODES_AN_ANSWER },
          ...(stepId === undefined ? {} : { stepId }),
        });
        if (mine !== turn.current) return;
        if (!answer) break;
        now = {
          text,
          nodes: [...now.nodes, ...answer.nodes],
          searched: now.searched + answer.searched,
          under: 'way',
          next: answer.next,
        };
        setSearch(now);
      }
      setSearch({ ...now, under: now.next === undefined ? 'end' : 'stopped' });
    },
    [searchLogs, systemId, jobId],
  );
  const clear = useCallback(() => {
    turn.current += 1;
    setSearch(undefined);
  }, []);
  return { search, run, clear };
}
