import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withTarget } from '../commonOptions.ts';
import { createProgram } from '../program.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { complete, type Completion } from './complete.ts';
import { COMPLETION_SCRIPTS, type Shell } from './scripts.ts';

describe('what can stand where a person types', async () => {
  const program = await createProgram(new FakeHost(), () => {});
  const shared = withTarget(new Command());
  const there: Readonly<Record<string, readonly string[]>> = {
    ...{ nodes: ['tpa-1', 'tpa-2', 'hsn-1'], jobs: ['12', '9'], files: ['ptbase-1.noarch.rpm'] },
  };
  const at = (...typed: string[]): Promise<Completion> =>
    complete(program, typed, shared, {
      systems: ['lab', 'far'],
      ask: (what) => Promise.resolve(what.flatMap((kind) => (there[kind] ?? []).map((value) => ({ value, help: '' })))),
    });
  const words = async (...typed: string[]): Promise<string[]> => {
    const completion = await at(...typed);
    return completion.kind === 'words' ? completion.words.map(({ value }) => value) : ['(files)'];
  };

  it.each([
    [['stat'], ['status']],
    [['nodes', 'st'], ['start-services']],
    [
      ['-s', ''],
      ['lab', 'far'],
    ],
    [['-s', 'lab', 'nodes', '--system=f'], ['--system=far']],
    [['nodes', '--type', 'tpa,a'], ['tpa,AWS']],
    [['nodes', '--sort', 'se'], ['seen']],
    [['jobs', '-o', 'c'], ['csv']],
    [['practice', 'fault', 'tpa-1', 'package-i'], ['package-install']],
    [
      ['practice', 'fault', 'tpa-1', 'package-install', 'po'],
      ['power-loss', 'post-script'],
    ],
    [['systems', 'remove', 'l'], ['lab']],
    [['operation', 'show', 'run'], ['run-command']],
    [['completion', 'z'], ['zsh']],
    [
      ['wait', '--for', ''],
      ['done', 'attention'],
    ],
    [['run', '--plan', ''], ['(files)']],
    [['upload', ''], ['(files)']],
    [['nodes', '--password-file', '-'], ['(files)']],
    [['exec', 'tpa-1', '--', 'una'], []],
    [['nodes', '--json', '--jso'], []],
    [['no-such-command', '--wrong', ''], []],
    [
      ['jobs', '--state', 'w'],
      ['warned', 'waiting'],
    ],
    [['nodes', '--state', 'wai'], ['waiting']],
    [
      ['plan', '--accept-warning', 'reboots,no'],
      ['reboots,no-way-back', 'reboots,nodes-left-out'],
    ],
    // Of the target system.
    [
      ['exec', 'tpa-1,tp'],
      ['tpa-1,tpa-1', 'tpa-1,tpa-2'],
    ],
    [['nodes', '--name', 'h'], ['hsn-1']],
    [['retry', '--nodes=tpa-2'], ['--nodes=tpa-2']],
    [['practice', 'fault', 'h'], ['hsn-1']],
    [['inventory', 'remove', 'h'], ['hsn-1']],
    [['inventory', 'add', 'h'], []],
    [
      ['status', ''],
      ['12', '9'],
    ],
    [['log', '1'], ['12']],
    [
      ['log', '12', 't'],
      ['tpa-1', 'tpa-2'],
    ],
    [['packages', 'remove', 'p'], ['ptbase-1.noarch.rpm']],
  ])('%j: %j', async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });

  it('is every command with what it is for, and every option of one', async () => {
    expect(await words('')).toContain('rollback');
    expect(await words('retry', '--')).toEqual(expect.arrayContaining(['--failed', '--system', '--help']));
    expect(await at('stat')).toMatchObject({ words: [{ help: 'a job on one screen' }] });
  });

  it('comes of putctl itself, and never as an error', async () => {
    const host = new FakeHost();
    host.saved = 'no list of systems';
    expect(await host.run('__complete', 'jobs', '--lim')).toBe(0);
    expect(host.out).toBe('--limit\tthe last so many\n');
    await host.run('__complete', '--new-word', 'completion');
    expect(host.out.split('\n')[0]).toMatch(/^bash\t/);
    await host.run('__complete', '-s', '');
    expect([host.out, host.err]).toEqual(['', '']);
  });

  it('has names of the target system where nobody has to be asked for anything, and says nothing of what is in the way', async () => {
    const host = new FakeHost();
    host.master.setState('nodes', { nodes: { 'tpa-1': { nodeId: 'tpa-1', type: 'TPA' } } });
    const lab = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
    expect(await host.run('__complete', 'log', ...lab, '--wrong', '--nodes', 't')).toBe(0);
    expect([host.out, host.err, host.master.openSessions]).toEqual(['tpa-1\tTPA\n', '', 0]);
    host.canAsk = true;
    delete host.env['PUT_PASSWORD'];
    expect(await host.run('__complete', 'log', ...lab, '--nodes', 't')).toBe(0);
    expect([host.out, host.err, host.questions]).toEqual(['', '', []]);
    // Nor where it cannot be told which system is meant.
    expect(await host.run('__complete', 'log', '--nodes', 't')).toBe(0);
    expect([host.out, host.err]).toEqual(['', '']);
  });
});

describe('the scripts, in the shells that they are for', () => {
  const has = (shell: string): boolean => ['/bin', '/usr/bin'].some((place) => existsSync(join(place, shell)));
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'putctl-completion-'));
    // Stands for putctl: keeps its words, and answers by the last of them.
    const script = `#!/bin/sh
printf '<%s>' "$@" >> "$0.words"; echo >> "$0.words"
for last; do :; done
case $last in --system=*) printf -- '--system=lab\\tof the saved ones\\n--system=far\\t\\n';;
*.yaml) echo :files;; *) printf 'start-services\\tstart: what is down\\nstop\\t\\n';; esac
`;
    await writeFile(join(folder, 'putctl'), script, { mode: 0o755 });
    for (const [shell, text] of Object.entries(COMPLETION_SCRIPTS)) await writeFile(join(folder, shell), text);
    env = {
      ...process.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
      PATH: `${folder}:/usr/bin:/bin`,
    };
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (shell: Shell, ...args: string[]): string[] =>
    execFileSync(shell, args, { env, cwd: folder, encoding: 'utf8' }).trim().split('\n');
  const asked = async (): Promise<string | undefined> =>
    (await readFile(join(folder, 'putctl.words'), 'utf8')).trim().split('\n').at(-1);

  it.skipIf(!has('bash'))('bash', async () => {
    const at = (...words: string[]): string[] => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const asks = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _putctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return run('bash', '-c', `compopt() { echo "compopt $*"; }; source ${folder}/bash; ${asks}`);
    };
    expect(at('putctl', 'nodes', 'st')).toEqual(['start-services', 'stop']);
    expect(await asked()).toBe('<__complete><nodes><st>');
    // As readline breaks --system=l.
    expect(at('putctl', 'nodes', '--system', '=', 'l')).toEqual(['lab', 'far']);
    expect(await asked()).toBe('<__complete><nodes><--system=l>');
    expect(at('putctl', 'run', '--plan', 'my plan.yaml')[0]).toBe('compopt -o default');
    expect(at('putctl', '')).toEqual(['start-services', 'stop']);
    expect(await asked()).toBe('<__complete><>');
    expect(run('bash', '-c', `source ${folder}/bash; complete -p putctl`)).toEqual(['complete -F _putctl putctl']);
  });

  it.skipIf(!has('zsh'))('zsh', async () => {
    const stubs =
      'compdef() { echo "compdef $*"; }; _describe() { echo "$1"; print -l -- "${(@P)2}"; }; _files() { echo files; };';
    const at = (words: string): string[] =>
      run('zsh', '-f', '-c', `${stubs} source ${folder}/zsh; words=(${words}); CURRENT=$#words; _putctl`);
    expect(at('putctl nodes st')).toEqual([
      'compdef _putctl putctl',
      'putctl',
      'start-services:start: what is down',
      'stop:',
    ]);
    expect(await asked()).toBe('<__complete><nodes><st>');
    expect(at("putctl run --plan 'my plan.yaml'")).toEqual(['compdef _putctl putctl', 'files']);
    expect(await asked()).toBe('<__complete><run><--plan><my plan.yaml>');
    at("putctl ''");
    expect(await asked()).toBe('<__complete><>');
  });

  it.skipIf(!has('fish'))('fish', async () => {
    const at = (line: string): string[] =>
      run('fish', '--no-config', '-c', `source ${folder}/fish; complete -C '${line}'`);
    expect(at('putctl nodes st')).toEqual(['start-services\tstart: what is down', 'stop']);
    expect(await asked()).toBe('<__complete><nodes><st>');
    at('putctl ');
    expect(await asked()).toBe('<__complete><>');
    await writeFile(join(folder, 'plan.yaml'), '');
    expect(at('putctl run --plan plan.yaml')[0]).toMatch(/^plan\.yaml/);
  });
});
