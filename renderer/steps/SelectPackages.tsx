import type { PackageChoice, SelectionProblem } from '../../core/model/job.ts';
import { StateMark } from '../components/StateMark.tsx';
import { byName } from '../components/format.ts';
import { t } from '../texts/en.ts';
import { foldProblems } from '../../core/model/selectionFolding.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

/** Offers of all problems that the selection does not hold yet. */
function missingOffers(problems: readonly SelectionProblem[], fileNames: readonly string[]): string[] {
  const offers = problems.flatMap((problem) => problem.offers.slice(0, 1));
  return [...new Set(offers)].filter((fileName) => !fileNames.includes(fileName));
}

function SelectPackagesScreen({
  screen,
  draft = { fileNames: [] },
  locked,
  check,
  onChange,
}: ScreenProps<'select-packages'>) {
  const selected = new Set(draft.fileNames);
  const problems = check?.problems ?? screen.problems;
  const missing = missingOffers(problems, draft.fileNames);
  const choices = [...screen.choices].sort((a, b) => byName(a.name, b.name) || byName(a.fileName, b.fileName));
  const choose = (fileNames: Iterable<string>): void => {
    const wanted = new Set(fileNames);
    onChange({
      fileNames: choices.filter(({ fileName }) => wanted.has(fileName)).map(({ fileName }) => fileName),
    });
  };
  return (
    <>
      <section className="panel problems" aria-label={words.problems}>
        {problems.length === 0 ? (
          <p className="state-word">
            <StateMark state={check?.pending ? 'running' : 'ok'} />
            {check?.pending ? t.operation.nextOff.checking : words.noProblems}
          </p>
        ) : (
          <>
            <div className="panel-head">
              <h2>{words.problems}</h2>
              {missing.length > 0 && (
                <button
                  type="button"
                  className="btn primary"
                  disabled={locked}
                  onClick={() => choose([...draft.fileNames, ...missing])}
                >
                  {words.addMissing}
                </button>
              )}
            </div>
            <ul className="problem-list">
              {foldProblems(problems).map((problem) => (
                <li key={problem.message}>
                  <StateMark state="failed" />
                  <span>{problem.message}</span>
                  {problem.offers
                    .filter((fileName) => !selected.has(fileName))
                    .map((fileName) => (
                      <button
                        key={fileName}
                        type="button"
                        className="btn small"
                        disabled={locked}
                        onClick={() => choose([...draft.fileNames, fileName])}
                      >
                        {words.addNamed(fileName)}
                      </button>
                    ))}
                </li>
              ))}
            </ul>
          </>
        )}
        {(check?.notes ?? screen.notes ?? []).map((note) => (
          <p key={note} className="sub">
            {note}
          </p>
        ))}
      </section>
      <fieldset className="panel table-panel" disabled={locked}>
        <legend className="visually-hidden">{words.packageColumns.package}</legend>
        <div className="tools">
          <button
            type="button"
            className="btn small"
            onClick={() =>
              choose(choices.filter((choice) => choice.recommended && !choice.refused).map(({ fileName }) => fileName))
            }
          >
            {words.selectRecommended}
          </button>
          <button type="button" className="btn small" onClick={() => choose([])}>
            {words.selectNone}
          </button>
          <span className="num push-right">{words.selectedCount(selected.size, choices.length)}</span>
        </div>
        <table className="list packages">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">{words.packageColumns.select}</span>
              </th>
              <th scope="col">{words.packageColumns.package}</th>
              <th scope="col">{words.packageColumns.now}</th>
              <th scope="col">{words.packageColumns.to}</th>
              <th scope="col">{words.packageColumns.arch}</th>
              <th scope="col">{words.packageColumns.types}</th>
              <th scope="col">{words.packageColumns.mark}</th>
            </tr>
          </thead>
          <tbody>
            {choices.map((choice) => (
              <ChoiceRow
                key={choice.fileName}
                choice={choice}
                selected={selected.has(choice.fileName)}
                onSelect={(on) =>
                  choose(on ? [...selected, choice.fileName] : [...selected].filter((name) => name !== choice.fileName))
                }
              />
            ))}
          </tbody>
        </table>
      </fieldset>
    </>
  );
}

function ChoiceRow({
  choice,
  selected,
  onSelect,
}: {
  choice: PackageChoice;
  selected: boolean;
  onSelect: (on: boolean) => void;
}) {
  const version = formatEvr(choice);
  const row = (
    <tr className={choice.refused ? 'refused' : undefined}>
      <td>
        <label className="check only">
          <input
            type="checkbox"
            aria-label={`${choice.name} ${version} ${choice.arch}`}
            checked={selected}
            disabled={choice.refused !== undefined}
            onChange={(event) => onSelect(event.target.checked)}
          />
        </label>
      </td>
      <th scope="row" className="mono" title={choice.fileName}>
        {choice.name}
      </th>
      <td className="mono">
        {choice.onNodes.map(({ version: found, nodes }) => (
          <span key={found} className="line">
            {words.onNodes(found === 'none' ? words.notInstalled : found, nodes)}
          </span>
        ))}
      </td>
      <td className="mono">{version}</td>
      <td className="mono">{choice.arch}</td>
      <td>{choice.nodeTypes.length === 0 ? words.everyType : choice.nodeTypes.join(', ')}</td>
      <td>
        {choice.refused ? (
          <span className="state-word fail-text">
            <StateMark state="failed" />
            {words.refused}
          </span>
        ) : choice.mandatory ? (
          <b>{words.mandatory}</b>
        ) : choice.recommended ? (
          words.recommended
        ) : (
          ''
        )}
      </td>
    </tr>
  );
  if (!choice.refused) return row;
  return (
    <>
      {row}
      <tr className="refused-why">
        <td />
        <td colSpan={6}>{choice.refused.message}</td>
      </tr>
    </>
  );
}

/** Select Packages: what is on the nodes now, what would come, what is wrong with the selection and how to mend it. */
export const selectPackages: AskWindow<'select-packages'> = {
  Screen: SelectPackagesScreen,
  lines: ({ fileNames }) => [...fileNames].sort(byName),
  // An outline has the number of a list.
  note: ({ fileNames }) => (typeof fileNames === 'number' ? String(fileNames) : ''),
  checks: true,
};
