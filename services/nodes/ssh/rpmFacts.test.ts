import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inventoryNode } from '../../../core/model/inventory.ts';
import type { NodeFacts } from '../../../core/model/node.ts';
import type { FactSection } from '../NodePort.ts';
import { FactsCache, factsOf, factsParts, factsQuestion } from './facts.ts';
import { answersOf, questionScript } from './questions.ts';
import { parseRpmAs } from './rpmFacts.ts';

/*
 * The script runs in a real shell, with an rpm that keeps its list in the database file and a diary of its starts, and a clock that is a minute ahead, so that
 * no file is too young.
 */

const node = inventoryNode({ name: 'n1', type: 'TPA', system: 1 });
const RPM = `#!/bin/sh
case $1 in
  --eval) cat "$HOME/.rpmmacros" ;;
  --version) echo 'RPM version 4.14.3' ;;
  --showrc) echo 'rpmlib(Feature) = 1-1' ;;
  -qa)
    cat "$(cat "$HOME/.rpmmacros")/rpmdb.sqlite"
    [ ! -e "$HOME/meanwhile" ] || sh "$HOME/meanwhile"
    ;;
esac
echo "$1" >>"$HOME/starts"
`;
const STAT = `#!/bin/sh
now=$(date -d '60 seconds' '+%F %T.%N %z')
PATH=/usr/bin:/bin
stat "$@" | sed "s|:[^:]* .*:.* \\(/proc/self/stat\\)$|:$now \\1|"
`;
const rowOf = (version: string): string => `P\tptbase\t0\t${version}\t1\tnoarch\t0\nR\t/bin/sh\t512\t\n`;

let home: string;
let database: string;
let cache: FactsCache;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'put-rpm-facts-'));
  database = join(home, 'db', 'rpmdb.sqlite');
  for (const folder of ['bin', 'db', 'other']) mkdirSync(join(home, folder));
  writeFileSync(join(home, 'bin/rpm'), RPM, { mode: 0o755 });
  writeFileSync(join(home, 'bin/stat'), STAT, { mode: 0o755 });
  writeFileSync(join(home, '.rpmmacros'), join(home, 'db'));
  writeFileSync(database, rowOf('1'));
  cache = new FactsCache();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const ask = (sections: readonly FactSection[] = ['packages']): NodeFacts => {
  const question = factsQuestion(cache, 'n1', sections);
  const env = { ...process.env, HOME: home, PATH: `${home}/bin:${process.env['PATH'] ?? ''}` };
  const text = execFileSync('sh', ['-c', questionScript(factsParts(sections, undefined, question), '@mark')], {
    encoding: 'utf8',
    env,
  });
  return factsOf(node, answersOf(text, '@mark'), question, cache, 0);
};
/** The version that was found, and what rpm was started for. */
const found = (sections?: readonly FactSection[]): readonly [string | undefined, string] => {
  writeFileSync(join(home, 'starts'), '');
  const { packages } = ask(sections);
  return [packages[0]?.version, readFileSync(join(home, 'starts'), 'utf8').trim().replaceAll('\n', ' ')];
};

it('starts rpm for a list alone where the database changed since the last one', () => {
  expect(found()).toEqual(['1', '--eval -qa']);
  expect(found()).toEqual(['1', '']);
  writeFileSync(database, rowOf('2'));
  expect(found()).toEqual(['2', '-qa']);
  // As long and as old as before to whoever looks at what can be set.
  writeFileSync(database, rowOf('3'));
  utimesSync(database, 0, 0);
  expect(found()).toEqual(['3', '-qa']);
  expect(found()).toEqual(['3', '']);
});

it('reads again what was changed while it was read', () => {
  writeFileSync(join(home, 'meanwhile'), `rm -f "$HOME/meanwhile"; printf '%s' '${rowOf('2')}' >'${database}'`);
  expect(found()).toEqual(['1', '--eval -qa']);
  expect(found()).toEqual(['2', '-qa']);
});

it('counts what SQLite has not brought into its database yet, and not that it was emptied anew', () => {
  const log = `${database}-wal`;
  writeFileSync(log, '');
  found();
  utimesSync(log, 0, 0);
  expect(found()).toEqual(['1', '']);
  appendFileSync(log, 'a change');
  expect(found()).toEqual(['1', '-qa']);
  truncateSync(log);
  expect(found()).toEqual(['1', '-qa']);
});

it('asks for the place of the database again where a setting of rpm or rpm itself changed', () => {
  found();
  writeFileSync(join(home, 'other/rpmdb.sqlite'), rowOf('7'));
  writeFileSync(join(home, '.rpmmacros'), join(home, 'other'));
  expect(found()).toEqual(['7', '--eval -qa']);
});

it('has relations and the features of rpm again only where they were read before', () => {
  found();
  expect(found(['packages', 'relations', 'rpm'])).toEqual(['1', '-qa --version --showrc']);
  expect(found(['packages', 'relations', 'rpm'])).toEqual(['1', '']);
  const facts = ask(['relations', 'rpm']);
  expect(facts.relations?.['ptbase-1-1.noarch']?.requires).toHaveLength(1);
  expect(facts.rpm).toMatchObject({ version: '4.14.3', features: [{ name: 'rpmlib(Feature)' }] });
  writeFileSync(database, rowOf('2'));
  expect(found(['packages', 'rpm'])).toEqual(['2', '-qa']);
});

it('keeps no list of a database whose next change could have the same time as its last one', () => {
  const settled = (fraction: string, nowMs: number): boolean | undefined =>
    parseRpmAs(
      `db /db\nnow 1:2:3:${new Date(nowMs).toISOString().replace('T', ' ').replace('Z', '000000')} +0000 /proc/self/stat\n` +
        `1:2:3:2026-01-01 00:00:00.000000000 +0000 /usr/bin/rpm\n` +
        `1:2:3:2026-01-01 01:00:10.${fraction} +0100 /db/rpmdb.sqlite\n`,
    )?.isSettled;
  const changedMs = Date.UTC(2026, 0, 1, 0, 0, 10);
  expect(settled('500000000', changedMs + 519)).toBe(false);
  expect(settled('500000000', changedMs + 520)).toBe(true);
  // The clock was set back.
  expect(settled('500000000', changedMs - 5_000)).toBe(false);
  expect(settled('000000000', changedMs + 1_999)).toBe(false);
  expect(settled('000000000', changedMs + 2_000)).toBe(true);
  expect(parseRpmAs('db /db\nnow 1\n1:2:3:2026-01-01 00:00:00.5 +0000 /usr/bin/rpm\n')).toBeUndefined();
});
