import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { inventoryNode } from '../../../core/model/inventory.ts';
import { FactsCache, factsOf, factsParts, factsQuestion } from './facts.ts';
import { parsePackages } from './rpmFacts.ts';
import { NodeFault } from './nodeTrouble.ts';
import { answersOf, questionScript } from './questions.ts';

const MARK = '@mark';
const node = inventoryNode({ name: 'n1', type: 'TPA', system: 1, service: { name: 'db' } });
const OS = `PRETTY_NAME="SLES 15 SP5"
NAME="SLES"
5.14.21-default x86_64
MemTotal:       16384 kB
`;
const PACKAGES = `P\tptbase\t0\t17.20\t1\tnoarch\t0
R\t/bin/sh\t512\t
R\tglibc\t12\t2.31
V\tptbase\t8\t17.20-1
P\tgpg-pubkey\t0\t1a2b\t3c4d\t(none)\t(none)
R\tstray\t0\t
P\tkernel\t1\t5.14\t2\tx86_64\t(none)
`;

function answerOf(parts: Readonly<Record<string, string>>): string {
  return `a login script said this\n${Object.entries({ os: OS, ...parts })
    .map(([name, text]) => `\n${MARK} ${name}\n${text}`)
    .join('')}\n${MARK} end\n`;
}
const read = (parts: Readonly<Record<string, string>>, cache = new FactsCache()): ReturnType<typeof factsOf> =>
  factsOf(node, answersOf(answerOf(parts), MARK), factsQuestion(cache, 'n1', ['packages', 'relations']), cache, 1_000);

it('reads each part by its mark; what was not told is unknown', () => {
  const facts = read({
    boot: '6f9a1c3e-0000-4000-8000-123456789abc\n12.50 20.00\n',
    clock: '3000\n',
    filesystems: `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda2 1000 400 600 40% /
tmpfs 500 0 500 0% /run
/dev/sdb1 2000 0 2000 0% /var/opt/with space
df: /dead: Stale file handle
`,
    services: 'LoadState=loaded\nActiveState=inactive\n',
    rpm: 'RPM version 4.14.3\nrpmlib(CompressedFileNames) = 3.0.4-1\n',
  });
  expect(facts).toMatchObject({
    ...{ os: 'SLES 15 SP5', arch: 'x86_64', kernel: '5.14.21-default', memoryBytes: 16384 * 1024 },
    service: { name: 'db', state: 'down' },
    boot: { id: '6f9a1c3e-0000-4000-8000-123456789abc', uptimeSeconds: 12.5 },
    clockOffsetMs: 2_000,
    rpm: { version: '4.14.3', features: [{ name: 'rpmlib(CompressedFileNames)', sense: '=', version: '3.0.4-1' }] },
  });
  expect(facts.fileSystems).toEqual([
    { path: '/', totalBytes: 1_024_000, freeBytes: 614_400 },
    { path: '/var/opt/with space', totalBytes: 2_048_000, freeBytes: 2_048_000 },
  ]);
  expect(read({}).service.state).toBe('unknown');
  expect(read({}).boot).toBeUndefined();
});

it('takes a single file that is mounted, as containers have them, for no file system', () => {
  const df = `df() { cat <<'END'
Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda2 1000 400 600 40% /
/dev/sda3 9000 0 9000 0% /etc/passwd
END
}
timeout() { shift; "$@"; }
`;
  const cache = new FactsCache();
  const question = factsQuestion(cache, 'n1', ['filesystems']);
  const script = questionScript(factsParts(['filesystems'], undefined, question), MARK);
  const text = execFileSync('sh', ['-c', df + script], { encoding: 'utf8' });
  expect(factsOf(node, answersOf(text, MARK), question, cache, 0).fileSystems).toEqual([
    { path: '/', totalBytes: 1_024_000, freeBytes: 614_400 },
  ]);
});

it('knows the kernel of a node that says nothing of it for the boot that it was told in, and for no other', () => {
  const cache = new FactsCache();
  const bootOf = (digit: number): string => `6f9a1c3e-0000-4000-8000-12345678900${digit}\n1.0 1.0\n`;
  const silent = OS.replace('5.14.21-default x86_64\n', '');
  expect(read({ boot: bootOf(1), os: silent }, cache).kernel).toBe('');
  read({ boot: bootOf(1) }, cache);
  expect(cache.bootedOf('n1')?.bootId).toBe('6f9a1c3e-0000-4000-8000-123456789001');
  expect(read({ boot: bootOf(1), os: silent }, cache)).toMatchObject({ kernel: '5.14.21-default', arch: 'x86_64' });
  expect(read({ boot: bootOf(2), os: silent }, cache)).toMatchObject({ kernel: '', arch: '' });
});

it('names the nodes that are one machine: by its boot with its machine id, or with its host keys where it has none', () => {
  const [boot, other] = ['a', 'b'].map((digit) => `6f9a1c3e-0000-4000-8000-${digit.repeat(12)}\n1.0 1.0\n`);
  const [id, otherId] = ['a', 'b'].map((digit) => `${digit.repeat(32)}\n`);
  const cache = new FactsCache();
  const question = factsQuestion(cache, 'n1', ['os']);
  const others = (nodeId: string, text: string, hostKey = 'KEY'): readonly string[] | undefined => {
    const named = { ...node, nodeId, hostKeys: [`ssh-ed25519 ${hostKey}`] };
    return factsOf(named, answersOf(answerOf({ boot: text }), MARK), question, cache, 0).boot?.alsoNamed;
  };
  expect(others('a', `${boot}${id}`)).toBeUndefined();
  expect(others('b', `${boot}${otherId}`)).toBeUndefined();
  expect(others('c', `${other}${id}`)).toBeUndefined();
  expect(others('d', `${boot}${id}`, 'OTHER')).toEqual(['a']);
  expect(others('e', `${boot}`)).toBeUndefined();
  expect(others('f', `${boot}`, 'OTHER')).toBeUndefined();
  expect(others('g', `${boot}uninitialized\n`)).toEqual(['e']);
  expect(others('a', `${boot}${id}`)).toEqual(['d']);
  cache.machines.forget('d');
  expect(others('a', `${boot}${id}`)).toBeUndefined();
});

it('tells how a service is by its unit, or by the status of the command that the site names', () => {
  const stateOf = (services: string): string => read({ services }).service.state;
  expect(stateOf('LoadState=loaded\nActiveState=active\n')).toBe('up');
  expect(stateOf('LoadState=not-found\nActiveState=inactive\n')).toBe('unknown');
  expect(stateOf('LoadState=loaded\nActiveState=activating\n')).toBe('unknown');
  expect(['status 0\n', 'status 3\n', 'status 127\n'].map(stateOf)).toEqual(['up', 'down', 'unknown']);
});

it('reads packages with their relations; keys that rpm keeps among them are none, and equal nodes share one object', () => {
  const { packages, relations } = parsePackages(PACKAGES);
  expect(packages.map(({ name, epoch }) => [name, epoch])).toEqual([
    ['ptbase', 0],
    ['kernel', 1],
  ]);
  expect(relations['ptbase-17.20-1.noarch']).toEqual({
    requires: [
      { name: '/bin/sh', sense: '', version: '', flags: 512 },
      { name: 'glibc', sense: '>=', version: '2.31', flags: 12 },
    ],
    provides: [{ name: 'ptbase', sense: '=', version: '17.20-1', flags: 8 }],
    ...{ conflicts: [], obsoletes: [], color: 0 },
  });
  expect(relations['kernel-1:5.14-2.x86_64']).toMatchObject({ requires: [] });
  const cache = new FactsCache();
  const [one, other] = [1, 2].map(() => read({ packages: `${PACKAGES}whole\n` }, cache));
  expect(one?.packages).toBe(other?.packages);
  expect(one?.relations).toBe(other?.relations);
});

it('takes nothing for the packages of a node whose rpm did not list them to the end', () => {
  const codeOf = (packages: string): string => {
    try {
      read({ packages });
      return 'read';
    } catch (error) {
      return error instanceof NodeFault ? error.trouble.cause.code : 'another error';
    }
  };
  expect(codeOf('missing\n')).toBe('rpm-missing');
  expect(codeOf(`${PACKAGES}error: cannot open Packages database\n`)).toBe('action-failed');
});
