import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { practiceFiles, type PracticeNodeState, PracticeNodeStore } from './PracticeNodeStore.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-practice-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fresh = (nodeId: string): PracticeNodeState => ({
  ...({ format: 1, nodeId, service: 'up', packages: [], boots: 1, work: [] } as const),
  ...{ spooled: {}, activeVersions: {}, faults: [] },
});

function open(damaged: string[]): Promise<PracticeNodeStore> {
  return PracticeNodeStore.open({
    ...{ folder, fresh, files: practiceFiles(false), nodeIds: new Set(['n1', 'n2', 'n3']) },
    onDamaged: ({ path }) => damaged.push(path.slice(folder.length + 1)),
  });
}

it('a node whose file cannot be used begins fresh; the others are as they were', async () => {
  const store = await open([]);
  for (const nodeId of ['n1', 'n2', 'n3']) await store.update(nodeId, (state) => ({ ...state, service: 'down' }));
  await writeFile(store.statePath('n2'), '{"format":1,');
  const damaged: string[] = [];
  const again = await open(damaged);
  expect(['n1', 'n2', 'n3'].map((nodeId) => again.get(nodeId).service)).toEqual(['down', 'up', 'down']);
  expect(damaged).toEqual(['n2.node.json']);
  expect(await readFile(join(folder, 'n2.node.json.damaged'), 'utf8')).toBe('{"format":1,');
  expect(await readdir(folder)).not.toContain('n2.node.json');
  expect((await open(damaged)).get('n2').service).toBe('up');
  expect(damaged).toHaveLength(1);
});
