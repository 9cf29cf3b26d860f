/** Head of a table: one column for each name; `buttons` adds one without a name for the buttons of the rows. */
export function TableHead({ columns, buttons = false }: { columns: readonly string[]; buttons?: boolean }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
        {buttons && <td />}
      </tr>
    </thead>
  );
}
