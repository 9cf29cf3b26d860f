import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { PERFECT_LINE, type LineProperties } from '../../lab/lineModel.ts';
import { whyNoNamespaces } from '../../lab/namespaces.ts';
import { NamespaceWorker } from '../../lab/NamespaceWorker.ts';
import { startLineSystem, type LineSystem } from '../support/lineSystem.ts';
import type { LineReport, UploadReport } from '../support/lineWorker.ts';

/* A line whose path MTU is 1,280 bytes while both ends believe in 1,500, and no ICMP says so: a tunnel with a firewall in it. */

const WORKER = fileURLToPath(new URL('../support/lineWorker.ts', import.meta.url));
const TUNNEL: Partial<LineProperties> = { delayMs: 10, bitsPerSecond: 10_000_000, largestPacketBytes: 1280 };
const NODES = 400;
const noLine = whyNoNamespaces();

describe.skipIf(noLine !== undefined)(`a line that loses large packets (${noLine ?? 'emulated'})`, () => {
  let place: LineSystem;
  let client: NamespaceWorker;

  beforeAll(async () => {
    place = await startLineSystem(TUNNEL, { nodes: NODES, portBase: 'config' });
    client = await NamespaceWorker.start(place.line.clientNamespace, WORKER);
  });
  afterEach(async () => {
    place.line.set({ ...PERFECT_LINE, ...TUNNEL });
    await client.call('signOut', {});
  });
  afterAll(async () => {
    await client?.stop();
    await place?.stop();
  });

  const signIn = (pathOrder: readonly PathKind[]): Promise<LineReport> => {
    const { target, user, password } = place.system;
    return client.call<LineReport>('signIn', { target, user, password, pathOrder });
  };

  it.each<PathKind>(['single-port', 'websocket'])(
    'goes on with small ones after a few losses: an upload and a large answer come through by %s',
    async (path) => {
      expect(await signIn([path])).toMatchObject({ path, smallPackets: false });
      await client.call('startUpload', { payloadBytes: 200_000, untilBytes: 20_000 });
      expect(await client.call<LineReport>('line', {})).toMatchObject({ resumed: true, smallPackets: true });
      const { storedBytes, sizeBytes } = await client.call<UploadReport>('finishUpload', {});
      expect(storedBytes).toBe(sizeBytes);
      expect(await client.call<number>('nodesShown', {})).toBe(NODES);
    },
  );
});
