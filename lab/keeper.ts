import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { reportOf } from '../core/protocol/errors.ts';
import { currentLabFile, type ControlAnswer, type ControlRequest, type KeeperMessage } from './control.ts';
import { Lab } from './Lab.ts';

/*
 * Keeps a lab up in the background until `npm run lab -- down`: one of a user at a time. Its arguments are the numbers of nodes and of those that boot, and
 * a file with further keys that are let in.
 */

const [nodes = '4', booted = '0', ...authorizedKeys] = process.argv.slice(2);
const tell = (message: KeeperMessage): Promise<void> =>
  new Promise((resolve) => (process.send ? process.send(message, undefined, {}, () => resolve()) : resolve()));

try {
  const say = (line: string): void => void tell({ said: line });
  const lab = await Lab.up({ nodes: Number(nodes), booted: Number(booted), authorizedKeys, say });
  const file = currentLabFile();
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    rmSync(file, { force: true });
    return (ending ??= lab.down());
  };
  const answer = async (request: ControlRequest): Promise<ControlAnswer> => {
    if (request.verb === 'status') {
      const on = new Map((await lab.status()).map((one) => [one.nodeId, one.on]));
      return {
        nodes: lab.nodes.map((node) => ({ ...node, on: on.get(node.nodeId) ?? false })),
        folder: lab.folder,
        enter: lab.enter,
      };
    }
    if (request.verb === 'fault') return { said: await lab.fault(request.nodeId, request.fault) };
    await end();
    return { said: 'the lab is down' };
  };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('utf8');
      if (!text.endsWith('\n')) return;
      void answer(JSON.parse(text) as ControlRequest)
        .catch((error: unknown): ControlAnswer => ({ error: reportOf(error) }))
        .then((answered) => socket.end(`${JSON.stringify(answered)}\n`, () => ending && process.exit()));
    });
  });
  const control = join(lab.folder, 'control.sock');
  server.listen(control);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ control, pid: process.pid }), { mode: 0o600 });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end().then(() => process.exit()));
  await tell({ ready: true });
  if (process.connected) process.disconnect();
} catch (error) {
  await tell({ error: reportOf(error) });
  process.exit(1);
}
