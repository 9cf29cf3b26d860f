import { describe, expect, it } from 'vitest';
import type { PutError } from '../protocol/errors.ts';
import type { Transport } from '../session/ports.ts';
import { inProcessLine } from './inProcessLine.ts';

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
};

function listen(transport: Transport): { got: string[]; drains: number; closed: (string | undefined)[] } {
  const heard = { got: [] as string[], drains: 0, closed: [] as (string | undefined)[] };
  transport.setHandlers({
    onData: (bytes) => void heard.got.push(Buffer.from(bytes).toString()),
    onDrain: () => void heard.drains++,
    onClose: (error: PutError | undefined) => void heard.closed.push(error?.code),
  });
  return heard;
}

describe('a line within the process', () => {
  it('hands on what came before anybody listened, in order, and never within `send`', async () => {
    const { client, server } = inProcessLine('browser 10.0.0.1:5', 8443);
    client.send(Buffer.from('a'));
    const heard = listen(server);
    client.send(Buffer.from('b'));
    expect(heard.got).toEqual([]);
    await turns();
    expect(heard.got).toEqual(['a', 'b']);
    expect([server.label, server.port]).toEqual(['browser 10.0.0.1:5', 8443]);
  });

  it('says when it is full and when it has room again', async () => {
    const { client, server } = inProcessLine('browser', 8443);
    const sender = listen(client);
    const heard = listen(server);
    server.pause();
    expect(client.send(new Uint8Array(200 * 1024))).toBe(true);
    expect(client.send(new Uint8Array(200 * 1024))).toBe(false);
    await turns();
    expect([heard.got.length, sender.drains]).toEqual([0, 0]);
    server.resume();
    await turns();
    expect([heard.got.length, sender.drains]).toEqual([2, 1]);
    expect(client.send(new Uint8Array(1))).toBe(true);
  });

  it('tells each end once that it is over: after all that was sent, and as a fault where it was cut', async () => {
    const ended = inProcessLine('browser', 8443);
    const [one, other] = [listen(ended.client), listen(ended.server)];
    ended.client.send(Buffer.from('last'));
    ended.client.end();
    ended.client.destroy();
    await turns();
    expect([one.closed, other.got, other.closed]).toEqual([[undefined], ['last'], [undefined]]);
    expect(ended.server.send(Buffer.from('x'))).toBe(false);

    const cut = inProcessLine('browser', 8443);
    const [cutter, victim] = [listen(cut.server), listen(cut.client)];
    cut.server.destroy();
    await turns();
    expect([cutter.closed, victim.closed]).toEqual([[undefined], ['line-lost']]);
  });
});
