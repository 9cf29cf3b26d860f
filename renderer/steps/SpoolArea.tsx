import { useId } from 'react';
import { briefNames } from '../../core/model/nodeNames.ts';
import { fileSystemOf } from '../../core/steps/spoolFolder.ts';
import { formatBytes } from '../components/format.ts';
import { StateMark } from '../components/StateMark.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

type Area = ScreenProps<'spool-area'>['screen']['areas'][number];

const pathOf = ({ path }: Area): string => path;
const isFull = ({ enough }: Area): boolean => !enough;
function roomText({ enough, absentOn }: Area): string {
  if (absentOn) return words.absentOn(briefNames(absentOn));
  return enough ? words.enough : words.notEnough;
}
const COLUMNS: readonly TableColumn<Area>[] = [
  { id: 'path', title: words.areaColumns.path, kind: 'name', widthPx: 140, grows: true, value: pathOf },
  {
    ...{ id: 'free', title: words.areaColumns.free, kind: 'number', widthPx: 156 },
    value: ({ leastFreeBytes }) => leastFreeBytes,
    show: ({ leastFreeBytes }) => formatBytes(leastFreeBytes),
  },
  {
    id: 'node',
    title: words.areaColumns.node,
    kind: 'name',
    widthPx: 130,
    folds: 2,
    value: ({ fullestNode }) => fullestNode,
  },
  {
    ...{ id: 'needed', title: words.areaColumns.needed, kind: 'number', widthPx: 90, folds: 1 },
    value: ({ neededBytes }) => neededBytes,
    show: ({ neededBytes }) => formatBytes(neededBytes),
  },
  {
    ...{ id: 'room', title: words.areaColumns.enough, widthPx: 150 },
    value: roomText,
    show: (area) => (
      <span className="state-word">
        <StateMark state={area.enough ? 'ok' : 'failed'} />
        {roomText(area)}
      </span>
    ),
  },
];

function SpoolAreaScreen({ screen, draft, locked, onChange }: ScreenProps<'spool-area'>) {
  const id = useId();
  const chosen = draft && fileSystemOf(screen.areas, draft.path);
  return (
    <>
      <section className="panel table-panel" aria-label={words.planSpool}>
        <DataTable
          id="spool-areas"
          label={words.planSpool}
          columns={COLUMNS}
          rows={screen.areas}
          keyOf={pathOf}
          choice={{
            chosen: new Set(chosen ? [chosen.path] : []),
            onChoose: ([path]) => {
              const area = screen.areas.find((one) => one.path === path);
              if (area) onChange({ path: area.folder ?? area.path });
            },
            nameOf: pathOf,
            isOff: isFull,
            oneOnly: true,
            locked,
          }}
          fileName="spool-areas"
        />
      </section>
      <label className="field">
        <span id={`${id}-word`}>{words.spoolFolder}</span>
        <input
          className="mono"
          aria-labelledby={`${id}-word`}
          aria-describedby={`${id}-note`}
          value={draft?.path ?? ''}
          disabled={locked}
          maxLength={1024}
          spellCheck={false}
          onChange={(event) => onChange({ path: event.target.value })}
        />
        <small id={`${id}-note`}>{words.spoolFolderHint}</small>
      </label>
    </>
  );
}

/** Select Spool Area: file systems that every node has, with the least room found. */
export const spoolArea: AskWindow<'spool-area'> = {
  Screen: SpoolAreaScreen,
  lines: ({ path }) => [path],
};
