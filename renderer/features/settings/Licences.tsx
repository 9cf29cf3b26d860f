import { useMemo, useState } from 'react';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectBusy, selectCan } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { licenceList, type Licence } from './licenceList.ts';

const words = t.settings;
const keyOf = ({ key }: Licence): string => key;
const COLUMNS: readonly TableColumn<Licence>[] = [
  { id: 'name', title: words.licencesColumns.name, kind: 'name', widthPx: 220, grows: true, value: ({ name }) => name },
  { id: 'version', title: words.licencesColumns.version, kind: 'name', widthPx: 110, value: ({ version }) => version },
  { id: 'licence', title: words.licencesColumns.licence, widthPx: 160, value: ({ licence }) => licence },
];

/** What PUT Desktop is made of that others wrote: the packages with their licences, as they come with the program. */
export function Licences() {
  const { readLicences } = useActions();
  const atHand = useApp(selectCan('licences'));
  const busy = useApp(selectBusy('app:licences'));
  const [text, setText] = useState<string | undefined>();
  const [open, setOpen] = useState<string | undefined>();
  const list = useMemo(() => (text === undefined ? [] : licenceList(text)), [text]);
  const shown = list.find(({ key }) => key === open);
  return (
    <>
      <h3>{words.licences}</h3>
      <p className="sub">{words.licencesText}</p>
      <AskError ask="app:licences" />
      {text === undefined && atHand && (
        <button
          type="button"
          className="btn small"
          disabled={busy}
          onClick={() => void readLicences().then((answer) => answer && setText(answer.text))}
        >
          {words.licencesShow}
        </button>
      )}
      {text !== undefined && (
        <DataTable
          id="licences"
          label={words.licences}
          columns={COLUMNS}
          rows={list}
          keyOf={keyOf}
          onOpen={setOpen}
          openKey={open}
          fileName="licences"
        />
      )}
      {shown && (
        <pre className="licence-text" tabIndex={0} role="region" aria-label={words.licencesOf(shown.name)}>
          {shown.text}
        </pre>
      )}
    </>
  );
}
