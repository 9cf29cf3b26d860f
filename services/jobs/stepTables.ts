import type { MethodResult } from '../../core/protocol/methods.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { PART_CHARACTERS } from '../../core/model/textParts.ts';
import { cellAt } from '../sequencer/cells.ts';
import { valueAt } from '../sequencer/column.ts';
import { findStep } from '../sequencer/state.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import type { StepTable } from '../steps/StepKind.ts';
import { makeTable } from '../steps/tables.ts';
import type { CheckedParams } from '../service.ts';
import type { JobRecord } from './jobRecord.ts';

/** Answers tables of steps part by part; the last one is kept while its parts are asked for. */
export function createTableReader(): (
  record: JobRecord,
  asked: CheckedParams<'job.table'>,
) => MethodResult<'job.table'> {
  let made: { readonly of: string; readonly table: StepTable } | undefined;
  return (record, { jobId, stepId, table: name, from, limit }) => {
    const { eventNumber } = record.machine;
    const of = JSON.stringify([jobId, stepId, name, eventNumber]);
    if (made?.of !== of) made = { of, table: tableOf(record, stepId, name) };
    const { rows, notes } = made.table;
    const part: object[] = [];
    let characters = 0;
    for (const row of rows.slice(from, from + limit)) {
      characters += JSON.stringify(row).length;
      // One row is answered whatever its size, so that whoever asks moves on.
      if (characters > PART_CHARACTERS && part.length > 0) break;
      part.push(row);
    }
    const next = from + part.length;
    return {
      ...{ total: rows.length, rows: part as MethodResult<'job.table'>['rows'], notes: [...notes], eventNumber },
      ...(next < rows.length && part.length > 0 ? { next } : {}),
    };
  };
}

function tableOf({ machine, nodeResults }: JobRecord, stepId: string, name: string): StepTable {
  const step = findStep(machine.spec, stepId);
  if (!step) {
    throw new PutError('input-invalid', `the operation has no step ${stepId}`, { place: 'stepId' });
  }
  const cells = machine.cells[stepId];
  const results = nodeResults[stepId];
  const nodes = machine.nodes.ids.map((nodeId, index) => {
    const cell = cells ? cellAt(cells, index) : { state: 'waiting' as const, attempt: 0 };
    const kept = results && valueAt(results, index);
    return { nodeId, cell, result: kept?.attempt === cell.attempt ? kept.result : undefined };
  });
  return makeTable(name, { job: jobSoFar(machine), step, nodes });
}
