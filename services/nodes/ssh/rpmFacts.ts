import { createHash } from 'node:crypto';
import type { InstalledPackage, RpmFacts } from '../../../core/model/node.ts';
import type { PackageRelation, PackageRelations } from '../../../core/model/package.ts';
import { formatNevra, senseOfFlags } from '../../../core/model/rpmVersion.ts';
import { LOOK, type ScriptParts } from './questions.ts';
import { shellWord } from '../../../core/model/shellWords.ts';

/*
 * What rpm says of a node. To start it costs more than all else that is read, so that it is not asked again while its database is as it was when the list was
 * read: device, number, size and time of the last change of its files, which nobody can set. That mark is taken before the list: what changes in between or
 * afterwards makes another mark, and the list is read again.
 */

const PACKAGE = 'P\\t%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{HEADERCOLOR}\\n';
const relation = (letter: string, tag: string): string =>
  `[${letter}\\t%{${tag}NAME}\\t%{${tag}FLAGS}\\t%{${tag}VERSION}\\n]`;
const RELATIONS = [
  relation('R', 'REQUIRE'),
  relation('V', 'PROVIDE'),
  relation('C', 'CONFLICT'),
  relation('O', 'OBSOLETE'),
].join('');

/** The list of packages as rpm is asked for it, as words of the shell; with what they need and give where that is asked. */
export const listCommand = (relations: boolean): string => `rpm -qa --qf '${PACKAGE}${relations ? RELATIONS : ''}'`;

/** Database files of rpm's back ends: Berkeley DB, ndb, SQLite. */
const DATABASES = ['Packages', 'Packages.db', 'rpmdb.sqlite'] as const;
/**
 * What SQLite has not brought into its database yet. An empty one says nothing: whoever reads the database as root empties it anew, which changes its times
 * and nothing else.
 */
const PENDING = ['rpmdb.sqlite-wal', 'rpmdb.sqlite-journal'] as const;
/** A file of the program that looks, which is as new as its look: it tells the time of the node's clock as files have it, without a program for that. */
const NOW = '/proc/self/stat';
/** What says where the database is, and what rpm can do: rpm itself and its settings. */
const SETTINGS =
  '/etc/rpm /etc/rpm/* "$HOME"/.rpmmacros "$HOME"/.config/rpm/macros /usr/lib/rpm/macros /usr/lib/rpm/macros.d';

/** A change is not seen by its time where it follows another in the same tick of the node's clock; none is longer than 10 ms. */
const TICK_MS = 20;
/** The same on a file system that has whole seconds alone. */
const WHOLE_SECOND_MS = 2_000;

/** What is known of a node's rpm, and as of when. */
export interface SeenRpm {
  /** How rpm and its settings were, as `stat` tells it. */
  readonly tool: string;
  readonly folder: string;
  readonly rpm?: RpmFacts | undefined;
  /** Absent: the list was not read, or what was read may be older than the mark tells. */
  readonly list?: SeenList | undefined;
}

interface SeenList {
  /** How the files of the database were before the list was read. */
  readonly as: string;
  readonly packages: readonly InstalledPackage[];
  /** Digest of the text that the packages came with, where their relations were in it. */
  readonly related?: string | undefined;
}

export interface ReadPackages {
  readonly packages: readonly InstalledPackage[];
  readonly relations: Readonly<Record<string, PackageRelations>>;
}

/** Packages and their relations by the text that told them, so that equal nodes have the same objects; and what is known of each node's rpm. */
export class RpmMemory {
  readonly #known = new Map<string, ReadPackages>();
  readonly #seen = new Map<string, SeenRpm>();
  readonly #most: number;

  constructor(most = 64) {
    this.#most = most;
  }

  packagesOf(text: string): ReadPackages & { readonly digest: string } {
    const digest = createHash('sha256').update(text).digest('base64');
    const known = this.related(digest) ?? parsePackages(text);
    this.#known.set(digest, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest);
    return { ...known, digest };
  }

  /** What a text told before; undefined where it was forgotten. */
  related(digest: string): ReadPackages | undefined {
    const known = this.#known.get(digest);
    if (!known) return undefined;
    // The one that was not asked for the longest goes first.
    this.#known.delete(digest);
    this.#known.set(digest, known);
    return known;
  }

  seenOf(nodeId: string): SeenRpm | undefined {
    return this.#seen.get(nodeId);
  }

  keep(nodeId: string, seen: SeenRpm): void {
    this.#seen.set(nodeId, seen);
  }
}

/** What is asked of rpm. */
export interface RpmQuestion {
  readonly relations: boolean;
  /** What is known to the asker; the answer may be that it is still so. */
  readonly seen: SeenRpm | undefined;
  /** The list that is known, with what is asked of it. */
  readonly list: (ReadPackages & { readonly as: string }) | undefined;
}

/** A question that says what is known already. */
export function rpmQuestion(memory: RpmMemory, nodeId: string, relations: boolean): RpmQuestion {
  const seen = memory.seenOf(nodeId);
  const { as, packages, related } = seen?.list ?? {};
  const known = related === undefined ? undefined : memory.related(related);
  if (as === undefined || !packages || (relations && !known)) return { relations, seen, list: undefined };
  return { relations, seen, list: { as, packages, relations: known?.relations ?? {} } };
}

/** Parts of the script that reads facts. `files`: what is looked at along with the files of rpm, as words of the shell. */
export function rpmParts(
  { relations, seen, list }: RpmQuestion,
  asks: { readonly packages: boolean; readonly rpm: boolean },
  files: readonly string[] = [],
): ScriptParts {
  const parts: Record<string, string> = {
    'rpm-as': `put_rpm=
IFS=:
for put_f in $PATH; do [ ! -x "$put_f/rpm" ] || { put_rpm=$put_f/rpm; break; }; done
unset IFS
put_tool=${shellWord(seen?.tool ?? '')}
put_look() {
  set -- "$put_rpm" ${SETTINGS}
  for put_f in ${DATABASES.join(' ')}; do [ ! -f "$put_db/$put_f" ] || set -- "$@" "$put_db/$put_f"; done
  for put_f in ${PENDING.join(' ')}; do [ ! -s "$put_db/$put_f" ] || set -- "$@" "$put_db/$put_f"; done
  put_as=$(${LOOK} "$@" ${[NOW, ...files].join(' ')} 2>/dev/null)
  put_files=\${put_as#* ${NOW}}
  put_as=\${put_as%% ${NOW}*}
  put_now="\${put_as##*$put_end} ${NOW}"
  put_as=\${put_as%$put_end*}
}
put_db=${shellWord(seen?.folder ?? '')}
put_known=
if [ -n "$put_db" ]; then
  put_look
  case $put_as in "$put_tool$put_end"*) put_known=1 ;; esac
fi
if [ -z "$put_known" ]; then
  [ -z "$put_rpm" ] || put_db=$(rpm --eval '%{_dbpath}' 2>/dev/null)
  put_look
fi
put_same=
[ -z "$put_known" ] || [ "$put_as" != "$put_tool$put_end"${shellWord(list?.as ?? '')} ] || put_same=1
[ -n "$put_same" ] || put_add "db $put_db\${put_end}now $put_now$put_end$put_as"`,
  };
  if (asks.packages) {
    parts['packages'] = `if [ -n "$put_same" ]; then put_add same
elif [ -z "$put_rpm" ]; then put_add missing
else
  put_flush
  LC_ALL=C.UTF-8 ${listCommand(relations)} && put_add whole
fi`;
  }
  if (asks.rpm) {
    parts['rpm'] = `if [ -n "$put_known" ] && [ -n '${seen?.rpm ? 1 : ''}' ]; then put_add same
else
  put_add "$(rpm --version)"
  put_add "$(rpm --showrc | grep -o "rpmlib([^)]*) = [^ ]*")"
fi`;
  }
  return parts;
}

/** What the files of a mark say: how rpm and its settings are, how its database is, and whether a change of it would be seen from now on. */
interface RpmAs {
  readonly folder: string;
  readonly tool: string;
  readonly as: string;
  readonly isSettled: boolean;
}

/** When a file last changed, of a line of `LOOK`; `inSeconds`: its file system may have whole seconds alone. */
export function changeOf(line: string): { readonly atMs: number; readonly inSeconds: boolean } | undefined {
  const [, time = '', fraction = '', zone = ''] = /^\d+:\d+:\d+:(\S+ [\d:]+)\.(\d+) ([+-]\d{4}) \//.exec(line) ?? [];
  const atMs = Date.parse(`${time.replace(' ', 'T')}.${fraction.slice(0, 3)}${zone}`);
  return Number.isNaN(atMs) ? undefined : { atMs, inSeconds: /^0*$/.test(fraction) };
}

/** Reads the part `rpm-as`; undefined where the node cannot tell. */
export function parseRpmAs(text: string): RpmAs | undefined {
  const [, folder = '', now = '', files = ''] = /^db (\/.*)\nnow (.*)\n([^]*)$/.exec(text.trim()) ?? [];
  const nowMs = changeOf(now)?.atMs ?? -Infinity;
  const lines = files.split('\n');
  const isOfDatabase = (line: string): boolean =>
    [...DATABASES, ...PENDING].some((name) => line.endsWith(` ${folder}/${name}`));
  const first = lines.findIndex(isOfDatabase);
  if (folder === '' || first < 1) return undefined;
  const database = lines.slice(first);
  const isSettled = database.every((line) => {
    const change = changeOf(line);
    return change !== undefined && nowMs - change.atMs >= (change.inSeconds ? WHOLE_SECOND_MS : TICK_MS);
  });
  return { folder, tool: lines.slice(0, first).join('\n'), as: database.join('\n'), isSettled };
}

/** Keeps what an answer told, as long as a mark tells whether it is still so. */
export function keepRpm(
  memory: RpmMemory,
  nodeId: string,
  { relations, seen }: RpmQuestion,
  told: {
    readonly as: RpmAs | undefined;
    readonly rpm: RpmFacts | undefined;
    readonly read: (ReadPackages & { readonly digest: string }) | undefined;
  },
): void {
  if (!told.as) return;
  const { tool, folder, as, isSettled } = told.as;
  const before = seen?.tool === tool ? seen : undefined;
  const list =
    told.read && isSettled
      ? { as, packages: told.read.packages, related: relations ? told.read.digest : undefined }
      : undefined;
  memory.keep(nodeId, { tool, folder, rpm: told.rpm ?? before?.rpm, list: told.read ? list : before?.list });
}

/** Lists that one package is read into. */
interface OpenPackage {
  readonly requires: PackageRelation[];
  readonly provides: PackageRelation[];
  readonly conflicts: PackageRelation[];
  readonly obsoletes: PackageRelation[];
  readonly color?: number;
}

/** Reads what `rpm -qa` answered in the form of this file. Keys that rpm keeps as packages (gpg-pubkey) are none. */
export function parsePackages(text: string): ReadPackages {
  const packages: InstalledPackage[] = [];
  const relations: Record<string, PackageRelations> = {};
  let open: OpenPackage | undefined;
  for (const line of text.split('\n')) {
    const [letter, name = '', a = '', b = '', release = '', arch = '', color = ''] = line.split('\t');
    if (letter === 'P') {
      open = undefined;
      if (name === '' || name === 'gpg-pubkey') continue;
      const one = { name, epoch: Number(a) || 0, version: b, release, arch };
      packages.push(one);
      const lists = { requires: [], provides: [], conflicts: [], obsoletes: [] };
      open = /^\d+$/.test(color) ? { ...lists, color: Number(color) } : lists;
      relations[formatNevra(one)] = open;
    } else if (open && letter !== undefined && LISTS[letter]) {
      const flags = Number(a) || 0;
      const sense = senseOfFlags(flags);
      open[LISTS[letter]].push({ name, sense, version: sense === '' ? '' : b, flags });
    }
  }
  return { packages, relations };
}

const LISTS: Readonly<Record<string, 'requires' | 'provides' | 'conflicts' | 'obsoletes'>> = {
  R: 'requires',
  V: 'provides',
  C: 'conflicts',
  O: 'obsoletes',
};

export function parseRpm(text: string): RpmFacts | undefined {
  const version = /RPM version (\S+)/i.exec(text)?.[1];
  if (version === undefined) return undefined;
  const features = [...text.matchAll(/(rpmlib\([^)]*\)) = (\S+)/g)].map(
    ([, name = '', since = '']): PackageRelation => ({ name, sense: '=', version: since, flags: 8 }),
  );
  return features.length > 0 ? { version, features } : { version };
}
