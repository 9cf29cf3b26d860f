import { useMemo } from 'react';
import type { PackageChoice, SelectionProblem } from '../../core/model/job.ts';
import { StateMark } from '../components/StateMark.tsx';
import { byName, formatCount } from '../components/format.ts';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { nodeTypeName } from '../../core/model/nodeTypeWords.ts';
import { t } from '../texts/en.ts';
import { foldProblems } from '../../core/model/selectionFolding.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

const fileNameOf = ({ fileName }: PackageChoice): string => fileName;
const nameOf = (choice: PackageChoice): string => `${choice.name} ${formatEvr(choice)} ${choice.arch}`;
const isRefused = ({ refused }: PackageChoice): boolean => refused !== undefined;
const nowText = ({ onNodes }: PackageChoice): string =>
  onNodes
    .map(({ version, nodes }) => words.onNodes(version === 'none' ? words.notInstalled : version, nodes))
    .join(' · ');
function markText({ refused, mandatory, recommended }: PackageChoice): string {
  if (refused) return `${words.refused}: ${refused.message}`;
  if (mandatory) return words.mandatory;
  return recommended ? words.recommended : '';
}

const COLUMNS: readonly TableColumn<PackageChoice>[] = [
  { id: 'package', title: words.packageColumns.package, kind: 'name', widthPx: 104, value: ({ name }) => name },
  {
    ...{ id: 'now', title: words.packageColumns.now, widthPx: 126, grows: true, folds: 3 },
    value: nowText,
    show: (choice) => <span className="mono">{nowText(choice)}</span>,
  },
  { id: 'to', title: words.packageColumns.to, kind: 'name', widthPx: 116, holds: true, value: formatEvr },
  { id: 'arch', title: words.packageColumns.arch, kind: 'name', widthPx: 72, folds: 1, value: ({ arch }) => arch },
  {
    ...{ id: 'types', title: words.packageColumns.types, widthPx: 112, folds: 2 },
    value: ({ nodeTypes }) => (nodeTypes.length === 0 ? words.everyType : nodeTypes.map(nodeTypeName).join(', ')),
  },
  {
    ...{ id: 'mark', title: words.packageColumns.mark, widthPx: 118, holds: true, grows: true },
    value: markText,
    show: (choice) =>
      choice.refused ? (
        <span className="state-word fail-text">
          <StateMark state="failed" />
          {markText(choice)}
        </span>
      ) : choice.mandatory ? (
        <b>{words.mandatory}</b>
      ) : (
        markText(choice)
      ),
  },
  { id: 'file', title: words.packageColumns.file, kind: 'name', widthPx: 260, offAtFirst: true, value: fileNameOf },
];

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
  const selected = useMemo(() => new Set(draft.fileNames), [draft.fileNames]);
  const problems = check?.problems ?? screen.problems;
  const missing = missingOffers(problems, draft.fileNames);
  const choices = useMemo(
    () => [...screen.choices].sort((a, b) => byName(a.name, b.name) || byName(a.fileName, b.fileName)),
    [screen.choices],
  );
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
      <section className="panel table-panel" aria-label={words.packagesToChoose}>
        <div className="tools">
          <button
            type="button"
            className="btn small"
            disabled={locked}
            onClick={() =>
              choose(choices.filter((choice) => choice.recommended && !choice.refused).map(({ fileName }) => fileName))
            }
          >
            {words.selectRecommended}
          </button>
          <button type="button" className="btn small" disabled={locked} onClick={() => choose([])}>
            {words.selectNone}
          </button>
          <span className="num push-right">{words.selectedCount(selected.size, choices.length)}</span>
        </div>
        <DataTable
          id="select-packages"
          label={words.packagesToChoose}
          columns={COLUMNS}
          rows={choices}
          keyOf={fileNameOf}
          rowClass={(choice) => (isRefused(choice) ? 'refused' : undefined)}
          choice={{ chosen: selected, onChoose: choose, nameOf, isOff: isRefused, locked }}
          fileName="packages"
        />
      </section>
    </>
  );
}

/** Select Packages: what is on the nodes now, what would come, what is wrong with the selection and how to mend it. */
export const selectPackages: AskWindow<'select-packages'> = {
  Screen: SelectPackagesScreen,
  lines: ({ fileNames }) => [...fileNames].sort(byName),
  // An outline has the number of a list.
  note: ({ fileNames }) => (typeof fileNames === 'number' ? formatCount(fileNames) : ''),
  checks: true,
};
