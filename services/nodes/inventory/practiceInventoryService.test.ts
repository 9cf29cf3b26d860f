import { expect, it } from 'vitest';
import type { CheckedParams } from '../../service.ts';
import { practiceInventoryService } from './practiceInventoryService.ts';

it('says of no file that it is without a fault, since none can be taken over on a practice system', () => {
  const { handlers } = practiceInventoryService([]);
  const check = (params: CheckedParams<'inventory.check'>): unknown =>
    handlers['inventory.check']?.(params, undefined as never);
  expect(check({})).toMatchObject({ nodes: 0, problems: [] });
  expect(() => check({ text: 'hello world', name: 'nodes.yaml' })).toThrow(
    expect.objectContaining({ code: 'inventory-fixed' }),
  );
});
