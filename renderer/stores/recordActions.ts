import { readTextParts } from '../../core/model/textParts.ts';
import { readTable, tableCsv, type ReadTable } from '../../core/steps/readTable.ts';
import type { TableShape } from '../../core/steps/tables.ts';
import type { MethodParams } from '../../electron/contract/bridge.ts';
import type { Carrier } from '../bridge.ts';
import type { Asking } from './asking.ts';

/** A table of a step of a job. */
interface TablePlace {
  readonly jobId: string;
  readonly stepId: string;
  readonly table: string;
}

/** What a job has in writing: logs, tables, the report; read, and saved as files. */
export function createRecordActions(carrier: Carrier, { run, readUnder, askMaster }: Asking) {
  return {
    searchLogs: (systemId: string, request: MethodParams<'job.searchLog'>) =>
      askMaster(`logs:${request.jobId}`, systemId, 'job.searchLog', request),
    readNodeLog: (systemId: string, request: MethodParams<'job.nodeLog'>) =>
      askMaster(`log:${request.jobId}`, systemId, 'job.nodeLog', request),
    /** The first rows of a table of a step, at most `limit`; undefined where they could not be read. */
    readStepTable: <Row>(
      systemId: string,
      shape: TableShape<Row>,
      { limit, ...place }: TablePlace & { limit: number },
    ): Promise<ReadTable<Row> | undefined> => {
      const ask = `table:${place.jobId}`;
      return readUnder(ask, () =>
        readTable(
          shape,
          (from, count) => askMaster(ask, systemId, 'job.table', { ...place, from, limit: count }),
          limit,
        ),
      );
    },
    saveStepTable: async <Row>(
      systemId: string,
      shape: TableShape<Row>,
      place: TablePlace,
      suggestedName: string,
    ): Promise<string | undefined> => {
      const ask = `table:${place.jobId}:csv`;
      const read = await readUnder(ask, () =>
        readTable(shape, (from, limit) => askMaster(ask, systemId, 'job.table', { ...place, from, limit })),
      );
      const text = read && tableCsv(shape, read.rows);
      return text === undefined ? undefined : (await run(ask, () => carrier.saveText(suggestedName, text)))?.path;
    },
    /** Saves a text as a file where the person says; answers the path, nothing where they thought better of it. */
    saveText: async (ask: string, suggestedName: string, text: string): Promise<string | undefined> =>
      (await run(ask, () => carrier.saveText(suggestedName, text)))?.path,
    saveReport: async (systemId: string, jobId: string, suggestedName: string): Promise<string | undefined> => {
      const text = await readTextParts(async (from) => {
        const part = await askMaster(`report:${jobId}`, systemId, 'job.reportHtml', { jobId, from });
        return part && { text: part.html, next: part.next };
      });
      if (text === undefined) return undefined;
      return (await run(`report:${jobId}`, () => carrier.saveText(suggestedName, text)))?.path;
    },
  };
}
