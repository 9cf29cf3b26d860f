import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PracticeProcess, readReadyLine, type ServicesChild } from './PracticeProcess.ts';

const target = {
  host: '127.0.0.1',
  ccPort: 9000,
  sslPort: 8443,
  servicePort: 8992,
  chatPort: 11_111,
  fingerprint: 'AA:BB',
  user: 'practice',
  password: 'secret',
};
const readyLine = `${JSON.stringify({ ready: true, ...target, more: 1 })}\n`;

class FakeChild extends EventEmitter implements ServicesChild {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  kill(): boolean {
    this.emit('exit', 0);
    return true;
  }
}

function setUp(running?: typeof target) {
  const children: FakeChild[] = [];
  const fork = (): FakeChild => {
    const child = new FakeChild();
    children.push(child);
    return child;
  };
  return { children, practice: new PracticeProcess(fork, running, () => undefined) };
}

describe('the practice system of the desktop', () => {
  it('is up when its ready line came, and is started once', async () => {
    const { children, practice } = setUp();
    const both = Promise.all([practice.start(), practice.start()]);
    children[0]!.stdout.write(`listening\n{"other":1}\n${readyLine}`);
    expect(await both).toEqual([target, target]);
    expect(await practice.start()).toEqual(target);
    expect(children).toHaveLength(1);
  });

  it('is started anew after it was stopped or died', async () => {
    const { children, practice } = setUp();
    const first = practice.start();
    children[0]!.stdout.write(readyLine);
    await first;
    await practice.stop();
    const second = practice.start();
    children[1]!.stdout.write(readyLine);
    expect(await second).toEqual(target);
  });

  it('tells what putservices said when it ends before it is up', async () => {
    const { children, practice } = setUp();
    const start = practice.start();
    children[0]!.stderr.write('port 9000 is in use\n');
    await new Promise((resolve) => setImmediate(resolve));
    children[0]!.emit('exit', 1);
    await expect(start).rejects.toThrow(/ended with 1: port 9000 is in use/);
  });

  it('uses one that runs already and leaves it alone', async () => {
    const { children, practice } = setUp(target);
    expect(await practice.start()).toEqual(target);
    await practice.stop();
    expect(children).toEqual([]);
  });

  it('takes no other line for the ready line', () => {
    for (const line of ['', 'ready', '{', '{"ready":true}', JSON.stringify({ ...target, ready: false })])
      expect(readReadyLine(line)).toBeUndefined();
  });
});
