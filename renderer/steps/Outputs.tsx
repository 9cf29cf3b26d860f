import { useState } from 'react';
import { exitText, isException, restText, type OutputGroup } from '../../core/model/commandOutput.ts';
import { printable, printableForeignLines } from '../../core/model/strangerText.ts';
import { STEP_TABLES } from '../../core/steps/tables.ts';
import { StateMark, StateWord } from '../components/StateMark.tsx';
import { t } from '../texts/en.ts';
import { TablePanel, type StepTableProps } from './TablePanel.tsx';
import { useStepTable } from './useStepTable.ts';

const words = t.tables.outputs;
const tables = STEP_TABLES['run-command'];
/** Groups shown at once. */
const PAGE = 50;

/** What the nodes said to a command: equal outputs together, the largest group first, exceptions marked. */
export function Outputs({ system, job, step }: StepTableProps) {
  const [limit, setLimit] = useState(PAGE);
  const place = { system, job, stepId: step.stepId, table: 'outputs' };
  const read = useStepTable(place, tables.outputs, limit);
  return (
    <TablePanel
      {...{ system, job, step, read, title: words.title, text: words.text, none: words.none }}
      csv={{ shape: tables.nodes, table: 'nodes', name: 'outputs' }}
      onMore={() => setLimit(limit + PAGE)}
    >
      {read?.rows.map((group) => (
        <Group key={`${group.state} ${group.names} ${group.output?.sha256 ?? ''}`} group={group} />
      ))}
    </TablePanel>
  );
}

function Group({ group }: { group: OutputGroup }) {
  const { state, names, nodes, output, differs } = group;
  const rest = output && restText(output);
  return (
    <article className={isException(group) ? 'output-group exception' : 'output-group'}>
      <header>
        <StateWord state={state} />
        <b className="mono wrap">{printable(names)}</b>
        <span className="sub num">{words.nodes(nodes)}</span>
        {output && <span className="sub num">{exitText(output)}</span>}
        {differs && (
          <span className="state-word warn-text">
            <StateMark state="warned" />
            {words.differs}
          </span>
        )}
      </header>
      {output && output.bytes > 0 && <pre tabIndex={0}>{printableForeignLines(output.head.replace(/\n$/, ''))}</pre>}
      {output?.bytes === 0 && <p className="sub">{words.silent}</p>}
      {rest !== undefined && <p className="sub num">{words.rest(rest)}</p>}
    </article>
  );
}
