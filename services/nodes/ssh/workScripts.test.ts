import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOG_FIRST_BYTES, LOG_LAST_BYTES, type NodeCommand } from '../NodePort.ts';
import { SHELLS } from '../testing/shells.ts';
import { questionScript } from './questions.ts';
import { boundScript, lookPart, startScript, stopScript } from './workScripts.ts';

describe.each(SHELLS)('work begun by %s', (shell) => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'put-work-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const [program = '', ...words] = shell.split(' ');
  /** One shell runs all of the scripts, as it does on a node. */
  const argumentsOf = (scripts: readonly string[]): string[] => {
    const all = scripts.map((script) => `{\n${script}\n} </dev/null\n`).join('');
    return [...words, '-c', `${all}echo "status $?"`];
  };
  const run = (...scripts: readonly string[]): { output: string; errors: string } => {
    const { stdout, stderr } = spawnSync(program, argumentsOf(scripts), { encoding: 'utf8' });
    return { output: stdout, errors: stderr };
  };
  const start = (name: string, command: NodeCommand): string =>
    startScript(join(folder, 'job', name), command, `@${name}`, false);
  const look = (name: string): string => {
    const { output } = run(questionScript({ work: lookPart(join(folder, 'job', name)) }, '@look'));
    return /@look work\n(.*)\n/.exec(output)?.[1] ?? output;
  };

  it('tells its log and its end, runs once under its key, and leaves nothing of one work to the next', () => {
    const first = start('a', { argv: ['sh', '-c', 'echo one; exit 3'] });
    const own = join(folder, 'job', 'b:owner');
    // Of this one nothing is left that tells who did it.
    const second = start('b', { argv: ['rm', own] });
    expect(look('a')).toBe('absent');
    expect(run(first, second, first)).toEqual({
      output: 'one\none\nstatus 0\n',
      errors: '@a started\n@a ended 3 -\n@b started\n@b ended 0 0\n@a there\n@a ended 3 4\n',
    });
    expect(look('a')).toBe('ended 3 4');
  });

  it('waits for whoever is about to say that the work is theirs, and does nothing beside them', async () => {
    expect(run(start('first', { argv: ['echo', 'theirs'] })).errors).toContain('@first ended 0');
    const place = (name: string, file: string): string => join(folder, 'job', `${name}:${file}`);
    for (const file of ['log', 'end']) copyFileSync(place('first', file), place('late', file));
    writeFileSync(place('late', 'owner'), '');
    const begun = spawn(program, argumentsOf([start('late', { argv: ['echo', 'ours'] })]));
    let said = '';
    begun.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    begun.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    setTimeout(() => copyFileSync(place('first', 'owner'), place('late', 'owner')), 1_500);
    await once(begun, 'close');
    expect(said.split('\n').sort()).toEqual(['', '@late ended 0 7', '@late there', 'status 0', 'theirs']);
  });

  it('changes no variable that the user of the node has, and writes nothing that others may read', () => {
    const names = ['d', 'p', 's', 'pid', 'boot', 'told', 'code', 'line', 'rpm', 'db', 'tool'];
    const kept = names.map((name) => `export ${name}=kept`).join('\n');
    const { output } = run(
      `umask 077\n${kept}`,
      start('c', { argv: ['sh', '-c', names.map((name) => `echo "$${name}"`).join('; ')] }),
    );
    expect(output).toBe(`${'kept\n'.repeat(names.length)}status 0\n`);
  });

  it('keeps its files to itself, and what the command makes is as readable as what a service of systemd makes', () => {
    const made = join(folder, 'made');
    const { output } = run('umask 022', start('m', { argv: ['sh', '-c', `echo one >${made}`] }), 'umask');
    // The shell that goes on asks the site's own programs, too.
    expect(output).toMatch(/^0*22\n/);
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(made)).toBe(0o644);
    for (const name of ['owner', 'log', 'end']) expect(modeOf(join(folder, 'job', `m:${name}`))).toBe(0o600);
  });

  it('has a session and a process group of its own, which is stopped whole, and the shell goes on', async () => {
    const path = join(folder, 'job', 'g');
    const told = join(folder, 'told');
    // Both of them are in the group of the work; what it left behind is stopped too.
    const argv = ['sh', '-c', `sleep 60 & read s </proc/self/stat; echo "$s" >${told}; echo begun; sleep 60`] as const;
    const shellAtWork = spawn(program, argumentsOf([startScript(path, { argv, live: true }, '@g', false)]));
    const said = { output: '', errors: '' };
    shellAtWork.stderr.on('data', (bytes: Buffer) => (said.errors += bytes.toString()));
    await new Promise<void>((resolve) => {
      shellAtWork.stdout.on('data', (bytes: Buffer) => {
        said.output += bytes.toString();
        if (said.output.includes('begun')) resolve();
      });
    });
    const [pid] = readFileSync(`${path}:owner`, 'utf8').split(':');
    const [group, session] = readFileSync(told, 'utf8').split(' ').slice(4, 6);
    expect([group, session]).toEqual([pid, pid]);
    expect(pid).not.toBe(String(shellAtWork.pid));
    expect(look('g')).toMatch(/^running /);
    expect(run(stopScript(path)).output).toBe('stopped\nstatus 0\n');
    await once(shellAtWork, 'close');
    // A shell may say itself how a command of its ended.
    expect(said.output).toMatch(/^begun\n(?:.*Terminated.*\n)?status 0\n$/);
    expect(said.errors).toContain('@g ended 143 -\n');
    expect(look('g')).toMatch(/^ended 143 /);
  });

  /** A shell as sshd begins it, in a session of its own, with work that leaves nothing behind; answers once it runs. */
  const beside = async (name: string, argv: NodeCommand['argv']): Promise<ReturnType<typeof spawn>> => {
    const script = startScript(join(folder, 'job', name), { argv, leavesNothing: true }, `@${name}`, false);
    const shellAtWork = spawn(program, argumentsOf([script]), { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    await expect.poll(() => look(name), { timeout: 10_000, interval: 20 }).toMatch(/^running /);
    return shellAtWork;
  };
  const groupOf = (pid: string | undefined): string | undefined =>
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[4];
  const ownerOf = (name: string): string | undefined =>
    readFileSync(join(folder, 'job', `${name}:owner`), 'utf8').split(':')[0];

  it('does what leaves nothing behind beside the shell that began it, which goes on after it', async () => {
    const go = join(folder, 'go-beside');
    const shellAtWork = await beside('n', ['sh', '-c', `while [ ! -e ${go} ]; do sleep 0.05; done; echo one; exit 3`]);
    expect(groupOf(ownerOf('n'))).toBe(String(shellAtWork.pid));
    expect(existsSync(join(folder, 'job', `n:run.${shellAtWork.pid}`))).toBe(false);
    let output = '';
    shellAtWork.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
    writeFileSync(go, '');
    await once(shellAtWork, 'close');
    expect(output).toBe('one\nstatus 0\n');
    expect(look('n')).toBe('ended 3 4');
    expect(run(start('n', { argv: ['echo', 'two'], leavesNothing: true })).errors).toBe('@n there\n@n ended 3 4\n');
  });

  it('goes on with it where the shell is gone', async () => {
    const go = join(folder, 'go-alone');
    const shellAtWork = await beside('o', ['sh', '-c', `while [ ! -e ${go} ]; do sleep 0.05; done; echo one`]);
    shellAtWork.kill('SIGKILL');
    await once(shellAtWork, 'close');
    expect(look('o')).toMatch(/^running /);
    writeFileSync(go, '');
    await expect.poll(() => look('o'), { timeout: 10_000 }).toBe('ended 0 4');
  });

  it.each(['rpm', 'other'])('stops it, %s, with all of the group, and confirms that', async (name) => {
    const tool = join(folder, name);
    copyFileSync('/bin/sleep', tool);
    chmodSync(tool, 0o755);
    const path = join(folder, 'job', `s-${name}`);
    const shellAtWork = await beside(`s-${name}`, [tool, '60']);
    const group = groupOf(ownerOf(`s-${name}`));
    const ended = once(shellAtWork, 'close');
    expect(run(stopScript(path)).output).toBe('stopped\nstatus 0\n');
    await ended;
    expect(look(`s-${name}`)).toMatch(/^ended 143 /);
    expect(spawnSync('sh', ['-c', `kill -0 -- -${group}`]).status).not.toBe(0);
  });

  const KEPT_BYTES = LOG_FIRST_BYTES + LOG_LAST_BYTES + 1024 * 1024 + 65_536;
  const flood = 'head -c 20000000 /dev/zero | tr "\\0" a';
  const waitsFor = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.05; done`;
  const sizeOf = (log: string): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const onDisk = (log: string): number => statSync(log).blocks * 512;
  const keeper = (): string => readFileSync(join(folder, 'keeper'), 'utf8').split(':')[0] as string;

  it.each(['a hole in the file', 'nothing but its length'])(
    'keeps the log of work that floods from the disk, by %s, and the work does not notice',
    async (how) => {
      rmSync(join(folder, 'keeper'), { force: true });
      const name = how.split(' ').join('-');
      const path = join(folder, 'job', name);
      const log = `${path}:log`;
      const go = join(folder, `go-${name}`);
      const tools = join(folder, `tools-${name}`);
      mkdirSync(tools);
      if (how.startsWith('nothing')) writeFileSync(join(tools, 'fallocate'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const argv = ['sh', '-c', `echo first; ${flood}; ${waitsFor(go)}; ${flood}; echo last; exit 3`] as const;
      const begin = [`PATH=${tools}:$PATH\nexport PUT_LOGS_EVERY_S=1`, startScript(path, { argv }, '@f', false)];
      const shellAtWork = spawn(program, argumentsOf(begin), { stdio: ['ignore', 'ignore', 'ignore'] });
      await expect.poll(() => sizeOf(log), { timeout: 10_000 }).toBe(20_000_006);
      run(boundScript(path));
      await expect.poll(() => onDisk(log), { timeout: 10_000 }).toBeLessThan(KEPT_BYTES);
      await expect.poll(() => sizeOf(log)).toBe(20_000_006);
      writeFileSync(go, '');
      await once(shellAtWork, 'close');
      await expect.poll(() => onDisk(log), { timeout: 10_000 }).toBeLessThan(KEPT_BYTES);
      const bytes = readFileSync(log);
      expect(bytes.toString('latin1', 0, LOG_FIRST_BYTES)).toBe(`first\n${'a'.repeat(LOG_FIRST_BYTES - 6)}`);
      // Without holes, what is written in the moment of a cut is gone and counted nowhere.
      if (how.startsWith('nothing')) expect(look(name)).toMatch(/^ended 3 /);
      else {
        expect(look(name)).toBe('ended 3 40000011');
        expect(bytes.toString('latin1', bytes.length - LOG_LAST_BYTES)).toBe(`${'a'.repeat(LOG_LAST_BYTES - 5)}last\n`);
      }
      // What keeps it so ends after the work.
      await expect.poll(() => existsSync(`/proc/${keeper()}/stat`), { timeout: 10_000 }).toBe(false);
    },
    30_000,
  );

  it('keeps what a daemon writes that work left behind from the disk, where nobody follows, and beside other work', async () => {
    rmSync(join(folder, 'keeper'), { force: true });
    const path = join(folder, 'job', 'left');
    const log = `${path}:log`;
    const [go, stay] = [join(folder, 'go-left'), join(folder, 'stay-left')];
    const daemon = `setsid sh -c '${waitsFor(go)}; ${flood.replaceAll('"', '')}; ${waitsFor(stay)}' &`;
    const begin = startScript(path, { argv: ['sh', '-c', `${daemon} echo begun`] }, '@l', false);
    expect(run('export PUT_LOGS_EVERY_S=1', begin).errors).toBe('@l started\n@l ended 0 -\n');
    await expect.poll(() => sizeOf(join(folder, 'keeper')), { timeout: 10_000 }).toBeGreaterThan(0);
    const first = keeper();
    run('export PUT_LOGS_EVERY_S=1', start('other', { argv: ['true'] }));
    expect(keeper()).toBe(first);
    writeFileSync(go, '');
    await expect.poll(() => sizeOf(log), { timeout: 10_000 }).toBeGreaterThan(20_000_000);
    await expect.poll(() => onDisk(log), { timeout: 10_000 }).toBeLessThan(KEPT_BYTES);
    expect(existsSync(`/proc/${first}/stat`)).toBe(true);
    writeFileSync(stay, '');
    await expect.poll(() => existsSync(`/proc/${first}/stat`), { timeout: 10_000 }).toBe(false);
  }, 30_000);

  it('says where it cannot be written, and the shell goes on', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { output, errors } = run(startScript(join(file, 'x', 'y'), { argv: ['true'] }, '@x', false));
    expect(output).toBe('status 1\n');
    expect(errors).toMatch(/@x fault \d+ \//);
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
