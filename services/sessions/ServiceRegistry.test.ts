import { expect, it } from 'vitest';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { FileCaller, Service } from '../service.ts';
import { ServiceRegistry } from './ServiceRegistry.ts';

it('what people change in files is looked at before a request is answered and a topic is opened, and a failed look keeps nobody out', async () => {
  let [seen, fails] = [0, false];
  const seenBy: number[] = [];
  const nodes: Service = {
    handlers: {
      'nodes.refresh': () => {
        seenBy.push(seen);
        return {};
      },
      'operation.list': () => ({ operations: [] }),
    },
    topic: () => undefined,
    close: () => Promise.resolve(),
  };
  const registry = new ServiceRegistry();
  registry.add(nodes);
  registry.lookBefore({ methods: ['nodes.refresh'], topics: ['nodes'] }, async () => {
    await Promise.resolve();
    if (fails) throw new Error('EIO');
    seen += 1;
  });
  const ask = (method: MethodName): unknown => registry.handlerOf(method)?.({} as never, {} as FileCaller);
  await ask('nodes.refresh');
  expect(seenBy).toEqual([1]);
  await registry.beforeTopic('nodes');
  expect(seen).toBe(2);
  fails = true;
  await ask('nodes.refresh');
  expect(seenBy).toEqual([1, 2]);
  expect(registry.beforeTopic('library')).toBeUndefined();
  expect(ask('operation.list')).toEqual({ operations: [] });
});
