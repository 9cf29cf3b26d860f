import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import {
  LOG_FIRST_BYTES,
  LOG_LAST_BYTES,
  type NodeAnswer,
  type NodeHandle,
  type WorkKey,
} from '../../services/nodes/NodePort.ts';
import type { SshNodePort } from '../../services/nodes/ssh/SshNodePort.ts';
import { workPathOf } from '../../services/nodes/ssh/workScripts.ts';
import { openLabPort } from '../support/openLabPort.ts';

const NEVER = new AbortController().signal;
let keys = 0;
const newKey = (): WorkKey => ({ jobId: 'logs', stepId: 'run', attempt: ++keys });

function valueOf<T>(answer: NodeAnswer<T>): T {
  if (!answer.ok) throw new Error(`${answer.trouble.cause.code}: ${answer.trouble.cause.message}`);
  return answer.value;
}

/* What commands write on real nodes. */
describe.skipIf(whyNoLab() !== undefined)('the log of work', () => {
  let lab: Lab;
  let port: SshNodePort;
  beforeAll(async () => {
    lab = await Lab.up({ nodes: 1 });
    port = await openLabPort(lab);
  });
  afterAll(async () => {
    await port?.close();
    await lab?.down();
  });
  const node = (key: WorkKey): NodeHandle => port.node('tpa-001', { ...key, mode: 'run' });

  it('goes on with a log where a cut ended it, byte for byte', async () => {
    const key = newKey();
    const handle = node(key);
    await handle.start(
      key,
      { argv: ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do printf "%s ä\\377\\n" $i; sleep 0.2; done'] },
      NEVER,
    );
    const chunks: [number, string][] = [];
    const followed = handle.follow(
      key,
      0,
      {
        onChunk: (at, text) => {
          chunks.push([at, text]);
          if (chunks.length === 2) lab.cutConnections();
        },
      },
      NEVER,
    );
    expect(valueOf(await followed)).toMatchObject({ code: 0, logBytes: 48 });
    expect(chunks.map(([, text]) => text).join('')).toBe([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `${i} ä?\n`).join(''));
    let at = 0;
    for (const [offset, text] of chunks) {
      expect(offset).toBe(at);
      at += Buffer.byteLength(text);
    }
  });

  it.each(['as it comes', 'once it lasts'])(
    'reads the first and the last of a flood, over a cut, and leaves no more of it on the disk: %s',
    async (how) => {
      const key = newKey();
      const handle = node(key);
      const flood = 'for i in 1 2 3 4 5 6; do yes 0123456 | head -c 8000000; done';
      const command = `sleep 2.5; ${flood}; sleep 1; echo the last line; exit 3`;
      const argv = ['sh', '-c', how === 'as it comes' ? command.replace('sleep 2.5; ', '') : command] as const;
      const live = how === 'as it comes' ? ({ live: true } as const) : {};
      await handle.start(key, { argv, ...live }, NEVER);
      const gaps: [number, number][] = [];
      let end = 0;
      let last = '';
      const sink = {
        onChunk: (at: number, text: string) => {
          if (at !== end) gaps.push([end, at]);
          if (end < 3_000_000 && at + text.length >= 3_000_000) lab.cutConnections();
          end = at + text.length;
          last = text;
        },
      };
      const total = 48_000_014;
      expect(valueOf(await handle.follow(key, 0, sink, NEVER))).toEqual({ code: 3, logBytes: total });
      expect(gaps).toEqual([[LOG_FIRST_BYTES, total - LOG_LAST_BYTES]]);
      expect(end).toBe(total);
      expect(last.endsWith('0123456\nthe last line\n')).toBe(true);
      const asked = newKey();
      const log = `${workPathOf(true, key)}:log`;
      const wait = `until [ $(stat -c %b ${log}) -le 16700 ]; do sleep 0.1; done; stat -c %s ${log}`;
      await handle.start(asked, { argv: ['sh', '-c', wait] }, NEVER);
      const lines: string[] = [];
      await handle.follow(asked, 0, { onChunk: (_at, text) => lines.push(text) }, NEVER);
      expect(lines).toEqual([`${total}\n`]);
    },
  );
});
