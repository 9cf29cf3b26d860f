import { setTimeout as wait } from 'node:timers/promises';
import type { PutClient } from '../../core/client/PutClient.ts';
import { createRandom } from '../../core/testing/random.ts';
import { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { CuttingProxy } from '../../e2e/support/CuttingProxy.ts';

/** Seconds from the line's return until the session was back, and what of the messages did not arrive once. */
export interface SocketCuts {
  readonly back: number[];
  readonly lost: number;
  readonly doubled: number;
}

const LATEST_MS = 120_000;
/** Job Chat takes 30 messages a minute of one person; requests that change nothing make up the traffic beside. */
const MESSAGES = 28;

interface Rig {
  readonly client: PutClient;
  readonly proxy: CuttingProxy;
  /** Says something once more, while Job Chat takes it. */
  readonly say: () => void;
}

/** A client that talks to a real putservices through a proxy that cuts. */
async function withProxy(work: (rig: Rig) => Promise<number[]>): Promise<SocketCuts> {
  const system = await PracticeSystem.start({ nodes: 8 });
  let proxy: CuttingProxy | undefined;
  try {
    proxy = await CuttingProxy.start({ host: system.target.host, port: system.target.ccPort });
    const client = system.createClient({ port: proxy.port });
    await client.signIn({ user: system.user, password: system.password });
    const seen: string[] = [];
    client.watchLog<{ text: string }>('timeline', 0, (entries) => {
      for (const { text } of entries) if (text.startsWith('cut ')) seen.push(text);
    });
    const said: Promise<unknown>[] = [];
    const say = (): void => {
      const at = said.length + 1;
      if (at <= MESSAGES) said.push(client.request('chat.say', { messageId: `cut-${at}`, text: `cut ${at}` }));
    };
    const back = await work({ client, proxy, say });
    await Promise.all(said);
    const untilMs = performance.now() + 10_000;
    while (seen.length < said.length && performance.now() < untilMs) await wait(20);
    await client.close();
    const told = new Set(seen).size;
    return { back, lost: said.length - told, doubled: seen.length - told };
  } finally {
    await proxy?.stop();
    await system.stop();
  }
}

/** Waits for a line that is not the one of `before`; answers the seconds since `fromMs`. */
async function untilBack(client: PutClient, before: unknown, fromMs: number): Promise<number> {
  const deadlineMs = fromMs + LATEST_MS;
  while ((client.line === undefined || client.welcome === before) && performance.now() < deadlineMs) await wait(1);
  return (performance.now() - fromMs) / 1000;
}

/** Cuts at random bytes of a line that is up again at once. */
export function socketCuts(cuts: number, seed: number): Promise<SocketCuts> {
  const random = createRandom(seed);
  return withProxy(async ({ client, proxy, say }) => {
    const back: number[] = [];
    for (let cut = 1; cut <= cuts; cut++) {
      let cutAtMs: number | undefined;
      const before = client.welcome;
      proxy.cutAfterBytes(1 + Math.floor(random() * 700), () => (cutAtMs = performance.now()));
      say();
      while (cutAtMs === undefined) {
        client.request('nodes.refresh', {}).catch(() => {});
        await wait(5);
      }
      back.push(await untilBack(client, before, cutAtMs));
    }
    return back;
  });
}

/** Outages of these lengths; nobody tells the client when one is over. */
export function socketOutages(seconds: readonly number[], seed: number): Promise<SocketCuts> {
  const random = createRandom(seed);
  return withProxy(async ({ client, proxy, say }) => {
    const back: number[] = [];
    for (const outageS of seconds) {
      const before = client.welcome;
      say();
      await proxy.outage(outageS * 1000 + Math.floor(random() * 1000));
      back.push(await untilBack(client, before, performance.now()));
      await wait(1_500);
    }
    return back;
  });
}
