/** A package of others that is inside, with the text of its licence. */
export interface Licence {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** What the package says, such as `MIT`. */
  readonly licence: string;
  readonly text: string;
}

const RULE = /^={80}$/m;

/** The packages of the licence texts that come with the program (build/licences.ts), each version once, by name. */
export function licenceList(text: string): Licence[] {
  const found = new Map<string, Licence>();
  for (const part of text.split(RULE).slice(1)) {
    const [head = '', ...rest] = part.trim().split('\n');
    const [name = '', version = '', ...more] = head.split(' ');
    const key = `${name} ${version}`;
    // What begins a file is a sentence.
    if (version === '' || more.length > 0 || found.has(key)) continue;
    const said = rest[0]?.startsWith('Licence: ') ? rest.shift()?.slice('Licence: '.length) : undefined;
    found.set(key, { key, name, version, licence: said ?? '', text: rest.join('\n').trim() });
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
