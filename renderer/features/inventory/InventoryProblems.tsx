import type { MethodResult } from '../../../electron/contract/bridge.ts';
import { t } from '../../texts/en.ts';

const words = t.inventory;
/** Problems that are shown; the command line has all. */
const SHOWN_PROBLEMS = 50;

export type Checked = MethodResult<'inventory.check'>;

/** What is wrong with an inventory, line by line. */
export function Problems({ problems }: { readonly problems: Checked['problems'] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="problems">
      {problems.slice(0, SHOWN_PROBLEMS).map((one) => (
        <li key={`${one.line} ${one.message}`}>
          {one.kind === 'fault' ? words.problem(one.line, one.message) : words.note(one.line, one.message)}
        </li>
      ))}
      {problems.length > SHOWN_PROBLEMS && <li>{words.moreProblems(problems.length - SHOWN_PROBLEMS)}</li>}
    </ul>
  );
}

export const faultCount = ({ problems }: Checked): number => problems.filter(({ kind }) => kind === 'fault').length;
