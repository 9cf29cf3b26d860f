import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PracticeProcess, type ServicesChild } from './PracticeProcess.ts';
import { readReadyLine } from './practiceReady.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-practice-'));
  writeFileSync(join(folder, 'sign-in.json'), JSON.stringify({ user: 'engineer', password: 'secret' }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readyLine = (negotiation = 9000): string =>
  JSON.stringify({
    ready: true,
    ports: { negotiation, watch: 9001, gui: [9002], service: 8992, chat: 11_111, web: 8443 },
    addresses: ['127.0.0.1'],
    fingerprint: 'AA:BB',
    practice: { nodes: 8, user: 'engineer', passwordFile: join(folder, 'sign-in.json') },
    pid: 1,
  });
const target = {
  host: '127.0.0.1',
  ccPort: 9000,
  sslPort: 8443,
  servicePort: 8992,
  chatPort: 11_111,
  fingerprint: 'AA:BB',
  user: 'engineer',
  password: 'secret',
};

class FakeChild extends EventEmitter implements ServicesChild {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly args: readonly string[];
  constructor(args: readonly string[]) {
    super();
    this.args = args;
  }
  kill(): boolean {
    this.emit('exit', 0);
    return true;
  }
}

function setUp(onFork: (child: FakeChild) => void) {
  const children: FakeChild[] = [];
  const readyFile = join(folder, 'running.json');
  const practice = new PracticeProcess({
    fork: (args) => {
      const child = new FakeChild(args);
      children.push(child);
      setImmediate(() => onFork(child));
      return child;
    },
    stateFolder: join(folder, 'state'),
    readyFile,
    tell: () => undefined,
  });
  return { children, practice, readyFile };
}

describe('the practice system as a child', () => {
  it('is up when its ready line came, is started once, and is known to others until it is stopped', async () => {
    const { children, practice, readyFile } = setUp((child) =>
      child.stdout.write(`hello\n{"other":1}\n${readyLine()}\n`),
    );
    expect(await Promise.all([practice.start(), practice.start()])).toEqual([target, target]);
    expect(await practice.start()).toEqual(target);
    expect(children).toHaveLength(1);
    expect(readReadyLine(readFileSync(readyFile, 'utf8'))?.ports.negotiation).toBe(9000);
    await practice.stop();
    expect(existsSync(readyFile)).toBe(false);
    expect(await practice.start()).toEqual(target);
    expect(children).toHaveLength(2);
  });

  it('takes other ports when the documented ones are in use', async () => {
    const { children, practice } = setUp((child) => {
      if (children.length === 1) child.emit('exit', 3);
      else child.stdout.write(`${readyLine()}\n`);
    });
    expect(await practice.start()).toEqual(target);
    expect(children[1]?.args.slice(-2)).toEqual(['--port-base', 'auto']);
  });

  it('tells what putservices said when it ends before it is up, and can be tried again', async () => {
    const { children, practice } = setUp((child) => {
      child.stderr.write('the state folder is damaged\n');
      setImmediate(() => child.emit('exit', 2));
    });
    await expect(practice.start()).rejects.toThrow(/ended with 2: the state folder is damaged/);
    await expect(practice.start()).rejects.toThrow(/damaged/);
    expect(children).toHaveLength(2);
  });

  it('uses one that runs already and leaves it alone', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { children, practice, readyFile } = setUp(() => undefined);
    writeFileSync(readyFile, readyLine(port));
    expect(await practice.start()).toEqual({ ...target, ccPort: port });
    await practice.stop();
    expect(children).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('does not believe the ready line of one that is gone', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const { children, practice, readyFile } = setUp((child) => child.stdout.write(`${readyLine()}\n`));
    writeFileSync(readyFile, readyLine(port));
    expect(await practice.start()).toEqual(target);
    expect(children).toHaveLength(1);
  });

  it('takes no other line for the ready line', () => {
    for (const line of ['', 'ready', '{', '{"ready":true}', readyLine().replace('true', 'false')])
      expect(readReadyLine(line)).toBeUndefined();
  });
});
