import type { z } from 'zod';
import { INVENTORY_LIMITS } from '../inventory.ts';
import { readYaml, type YamlLimits, type YamlTree } from '../yamlTree.ts';
import type { InventoryCollector } from './reading.ts';

/** 10,000 nodes with everything that can be said of each. */
const LIMITS: YamlLimits = { characters: INVENTORY_LIMITS.bytes, values: 500_000 };

export type Mapping = Readonly<Record<string, unknown>>;

/** An inventory in YAML; what it has against being read is told. Undefined where nothing can be read of it, or nothing is in it. */
export function readPlaced(text: string, found: InventoryCollector): YamlTree | undefined {
  const { tree, faults } = readYaml(text, LIMITS);
  for (const { line, message } of faults) found.fault(line, message);
  return tree && tree.value !== null ? tree : undefined;
}

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value at a path by its schema; undefined where it is missing, empty, or does not fit, which is told with the line of each member that
 * is wrong. `known`: the members that there are, told where one is not.
 */
export function checkPart<T>(
  { tree, found }: { readonly tree: YamlTree; readonly found: InventoryCollector },
  value: unknown,
  path: readonly PropertyKey[],
  schema: z.ZodType<T>,
  known: readonly string[],
): T | undefined {
  if (value === undefined || value === null) return undefined;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) {
    const lineOf = (...more: PropertyKey[]): number => tree.placeOf([...path, ...issue.path, ...more]).line;
    if (issue.code === 'unrecognized_keys') {
      const there = issue.path.length === 0 ? `; there are ${known.join(', ')}` : '';
      for (const key of issue.keys) {
        found.fault(lineOf(key), `${[...issue.path, key].join('.').slice(0, 200)} is not known${there}`);
      }
    } else {
      const place = issue.path.join('.');
      found.fault(lineOf(), place === '' ? issue.message : `${place}: ${issue.message}`);
    }
  }
  return undefined;
}
