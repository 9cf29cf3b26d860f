interface NumberedName {
  readonly name: string;
  /** What stands before and after its last number, and how many digits that has where it begins with 0. */
  readonly around: string;
  readonly before: string;
  readonly after: string;
  readonly digits: string;
}

/** The last number of a name; names longer than 15 digits are not counted. */
function numbered(name: string): NumberedName | undefined {
  const found = /^(.*?)(\d{1,15})(\D*)$/s.exec(name);
  if (!found) return undefined;
  const [, before = '', digits = '', after = ''] = found;
  // tpa-09 and tpa-10 are neighbours, tpa-9 and tpa-010 are not.
  const width = digits.startsWith('0') ? digits.length : 0;
  return { name, around: `${before}\u0000${after}\u0000${width}`, before, after, digits };
}

/** Names of nodes in one short text, neighbours as ranges: `tpa-[01-32,40] aws-1`. Each name is in it once, in order. */
export function foldNames(names: readonly string[]): string {
  const plain: string[] = [];
  const families = new Map<string, NumberedName[]>();
  for (const name of [...new Set(names)].sort()) {
    const one = numbered(name);
    if (!one) {
      plain.push(name);
      continue;
    }
    // A number without leading zeros belongs to those of its width that have some.
    const padded = `${one.before}\u0000${one.after}\u0000${one.digits.length}`;
    const family = families.get(one.around) ?? families.get(padded);
    if (family) family.push(one);
    else families.set(one.around, [one]);
  }
  return [...[...families.values()].map(familyText), ...plain].join(' ');
}

function familyText(family: readonly NumberedName[]): string {
  const sorted = [...family].sort((a, b) => Number(a.digits) - Number(b.digits));
  const { before = '', after = '' } = sorted[0] ?? {};
  if (sorted.length === 1) return sorted[0]?.name ?? '';
  const ranges: { first: string; last: string }[] = [];
  for (const { digits } of sorted) {
    const range = ranges.at(-1);
    if (range && Number(digits) === Number(range.last) + 1) range.last = digits;
    else ranges.push({ first: digits, last: digits });
  }
  const text = ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(',');
  return `${before}[${text}]${after}`;
}
