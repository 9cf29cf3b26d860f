import type { KindWithTables, RowOf, TableName } from '../../core/steps/tables.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { versionsThatDiffer, versionsOfNodes } from './facts.ts';
import { outputsByNode, outputsFolded } from './runCommand.ts';
import type { StepTable, TableContext } from './StepKind.ts';

/** How the tables are made, by kind and name; one that is named in core/steps and missing here does not compile. */
const MAKERS: {
  readonly [K in KindWithTables]: { readonly [T in TableName<K>]: (of: TableContext) => StepTable<RowOf<K, T>> };
} = {
  facts: { differences: versionsThatDiffer, versions: versionsOfNodes },
  'run-command': { outputs: outputsFolded, nodes: outputsByNode },
};

/** The table of a step. @throws PutError input-invalid where its kind has none of the name */
export function makeTable(name: string, context: TableContext): StepTable {
  const { use, title } = context.step;
  const makers = (Object.hasOwn(MAKERS, use) ? MAKERS[use as KindWithTables] : {}) as Readonly<
    Record<string, (of: TableContext) => StepTable>
  >;
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make) return make(context);
  const there = Object.keys(makers).join(', ') || 'none';
  throw new PutError('input-invalid', `${title} has no table ${name}; there is ${there}`, { place: 'table' });
}
