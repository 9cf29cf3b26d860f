import { useMemo, useState } from 'react';
import type { LibraryView } from '../../../core/model/package.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError, catalogueEntry } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { byName, formatBytes, formatDate } from '../../components/format.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import { selectCan } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.transfers;

type Package = LibraryView['packages'][string];
type CertList = LibraryView['certLists'][string];
type Unusable = NonNullable<LibraryView['problems']>[string];

const fileNameOf = ({ fileName }: { readonly fileName: string }): string => fileName;

/** The last column of files that an admin may take out of the library. */
function removeColumn<Row extends { readonly fileName: string }>(
  onRemove: (fileName: string) => void,
): TableColumn<Row> {
  return {
    ...{ id: 'buttons', title: t.operation.packages.columns.actions, kind: 'buttons', widthPx: 92 },
    value: () => undefined,
    show: ({ fileName }) => (
      <button
        type="button"
        className="btn small"
        aria-label={`${words.remove} ${fileName}`}
        onClick={() => onRemove(fileName)}
      >
        {words.remove}
      </button>
    ),
  };
}

const CERT_LIST_COLUMNS: readonly TableColumn<CertList>[] = [
  {
    ...{ id: 'release', title: words.release, widthPx: 180, grows: true },
    value: ({ release, title }) => `${release} ${title}`,
    show: ({ release, title }) => (
      <>
        <b>{release}</b> {title}
      </>
    ),
  },
  { id: 'file', title: words.columns.file, kind: 'name', widthPx: 200, folds: 2, value: fileNameOf },
  {
    id: 'entries',
    title: words.entries,
    kind: 'number',
    widthPx: 84,
    folds: 1,
    value: ({ entries }) => entries.length,
  },
  {
    ...{ id: 'missing', title: words.missing, widthPx: 260 },
    value: ({ missing }) => (missing.length === 0 ? words.complete : missing.join(', ')),
    show: ({ missing }) => (
      <span className="state-word">
        <StateMark state={missing.length === 0 ? 'ok' : 'warned'} />
        {missing.length === 0 ? words.complete : missing.join(', ')}
      </span>
    ),
  },
];

const UNUSABLE_COLUMNS: readonly TableColumn<Unusable>[] = [
  { id: 'file', title: words.columns.file, kind: 'name', widthPx: 220, value: fileNameOf },
  {
    ...{ id: 'size', title: words.columns.size, kind: 'number', widthPx: 90 },
    value: ({ fileBytes }) => fileBytes,
    show: ({ fileBytes }) => formatBytes(fileBytes),
  },
  {
    ...{ id: 'reason', title: words.reason, widthPx: 240, grows: true },
    value: ({ message }) => message,
    show: ({ message }) => (
      <span className="state-word">
        <StateMark state="failed" />
        {message}
      </span>
    ),
  },
  {
    ...{ id: 'next', title: words.nextStep, widthPx: 240 },
    value: ({ code }) => catalogueEntry(code)?.nextStep,
  },
];

const PACKAGE_COLUMNS: readonly TableColumn<Package>[] = [
  { id: 'package', title: words.columns.package, kind: 'name', widthPx: 160, grows: true, value: ({ name }) => name },
  {
    ...{ id: 'version', title: words.version, kind: 'name', widthPx: 170 },
    value: formatEvr,
  },
  { id: 'arch', title: words.columns.arch, kind: 'name', widthPx: 84, folds: 3, value: ({ arch }) => arch },
  {
    ...{ id: 'size', title: words.columns.size, kind: 'number', widthPx: 90 },
    value: ({ fileBytes }) => fileBytes,
    show: ({ fileBytes }) => formatBytes(fileBytes),
  },
  {
    ...{ id: 'signature', title: words.signature, widthPx: 110, folds: 4 },
    value: ({ signed }) => (signed ? words.signed : words.unsigned),
  },
  { id: 'by', title: words.by, widthPx: 120, folds: 1, value: ({ uploadedBy }) => uploadedBy },
  {
    ...{ id: 'at', title: words.uploadedAt, kind: 'number', widthPx: 136, folds: 2 },
    value: ({ uploadedAtMs }) => uploadedAtMs,
    show: ({ uploadedAtMs }) => formatDate(uploadedAtMs),
    exported: ({ uploadedAtMs }) => new Date(uploadedAtMs).toISOString(),
  },
  { id: 'file', title: words.columns.file, kind: 'name', widthPx: 260, offAtFirst: true, value: fileNameOf },
  { id: 'summary', title: words.summary, widthPx: 240, offAtFirst: true, value: ({ summary }) => summary },
];

const inOrder = <T extends object>(files: Readonly<Record<string, T>> | undefined, nameOf: (one: T) => string): T[] =>
  Object.values(files ?? {}).sort((a, b) => byName(nameOf(a), nameOf(b)));

/** What the library holds: cert lists, files that cannot be used, packages. */
export function LibraryTables({ system, library }: { system: SystemView; library: LibraryView }) {
  const { removeFile } = useActions();
  const [removing, setRemoving] = useState<string | undefined>();
  const packages = useMemo(() => inOrder(library.packages, fileNameOf), [library.packages]);
  const unusable = useMemo(() => inOrder(library.problems, fileNameOf), [library.problems]);
  const lists = useMemo(() => inOrder(library.certLists, ({ release }) => release), [library.certLists]);
  const samples = useApp(selectCan('samples'));
  const admin = system.session.kind === 'online' && system.session.role === 'admin';
  const packageColumns = useMemo(
    () => (admin ? [...PACKAGE_COLUMNS, removeColumn<Package>(setRemoving)] : PACKAGE_COLUMNS),
    [admin],
  );
  const unusableColumns = useMemo(
    () => (admin ? [...UNUSABLE_COLUMNS, removeColumn<Unusable>(setRemoving)] : UNUSABLE_COLUMNS),
    [admin],
  );
  return (
    <>
      <section className="panel" aria-label={words.certListsTitle}>
        <h2>{words.certListsTitle}</h2>
        {lists.length === 0 ? (
          <p className="sub">{t.common.none}</p>
        ) : (
          <DataTable
            id="cert-lists"
            label={words.certListsTitle}
            columns={CERT_LIST_COLUMNS}
            rows={lists}
            keyOf={fileNameOf}
            fileName="cert-lists"
          />
        )}
      </section>
      {unusable.length > 0 && (
        <section className="panel" aria-label={words.unusableTitle}>
          <h2>{words.unusableTitle}</h2>
          <p className="sub">{words.unusableText}</p>
          <DataTable
            id="unusable-files"
            label={words.unusableTitle}
            columns={unusableColumns}
            rows={unusable}
            keyOf={fileNameOf}
            fileName="unusable-files"
          />
        </section>
      )}
      <section className="panel" aria-label={words.libraryTitle}>
        <div className="panel-head">
          <h2>
            {words.libraryTitle} <span className="sub num">{t.common.packages(packages.length)}</span>
          </h2>
          <span className="sub num">{words.libraryFree(formatBytes(library.freeBytes))}</span>
        </div>
        <AskError ask="library" />
        {packages.length === 0 ? (
          <p className="sub">{words.libraryEmpty(samples)}</p>
        ) : (
          <DataTable
            id="library"
            label={words.libraryTitle}
            columns={packageColumns}
            rows={packages}
            keyOf={fileNameOf}
            fileName="package-library"
          />
        )}
      </section>
      {removing !== undefined && (
        <ConfirmDialog
          title={words.removeTitle(removing)}
          text={words.removeText}
          confirm={words.removeConfirm}
          onConfirm={() => void removeFile(system.saved.systemId, removing)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}
