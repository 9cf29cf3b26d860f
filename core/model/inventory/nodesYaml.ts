import { isMap, isScalar, isSeq } from 'yaml';
import type { z } from 'zod';
import {
  INVENTORY_LIMITS,
  inventoryNode,
  jumpHostLineSchema,
  type NodeDefaults,
  nodeDefaultsSchema,
  nodeLineSchema,
  type ServicesByType,
  servicesSchema,
  SSH_PORT,
} from '../inventory.ts';
import { InventoryCollector, type InventoryReading } from './reading.ts';
import { keyText, pairsOf, parsePlaced, placedIssues, plainOf, type PlacedYaml } from './yamlPlaces.ts';

/** The parts of nodes.yaml, in the order in which a new one has them. */
export const NODES_YAML_PARTS = ['version', 'defaults', 'services', 'jumpHosts', 'nodes'] as const;

/**
 * Reads nodes.yaml (docs/real-nodes.md):
 *
 *     version: 1
 *     defaults: { user: put, become: sudo }
 *     services: { TPA: { name: tpa } }
 *     jumpHosts: [{ name: gate, address: 192.0.2.1, user: put, hostKeys: [ssh-ed25519 AAAA...] }]
 *     nodes:
 *       - { name: tpa-001, address: 10.0.0.1, type: TPA, system: 1, clique: 1, jump: gate, hostKeys: [ssh-ed25519 AAAA...] }
 *
 * Every problem is told; an entry that cannot be read takes nothing from the others. An empty text is an empty inventory.
 */
export function readNodesYaml(text: string, file: string): InventoryReading {
  const found = new InventoryCollector(file);
  if (text.length > INVENTORY_LIMITS.bytes) {
    found.fault(1, `the file has ${text.length} signs; at most ${INVENTORY_LIMITS.bytes} are read`);
    return found.finish();
  }
  const placed = parsePlaced(text);
  for (const { line, message } of placed.faults) found.fault(line, message);
  const top = placed.document.contents;
  if (top === null) return found.finish();
  if (!isMap(top)) {
    found.fault(placed.lineOf(top), `this is no list of nodes; it begins with "version: 1" and has "nodes:"`);
    return found.finish();
  }
  const parts = new Map(pairsOf(top).map((pair) => [keyText(pair), pair]));
  for (const [name, { key }] of parts) {
    if (!(NODES_YAML_PARTS as readonly string[]).includes(name)) {
      found.fault(placed.lineOf(key), `${name} is not known; there are ${NODES_YAML_PARTS.join(', ')}`);
    }
  }
  const read = <T>(name: string, schema: z.ZodType<T>, known: readonly string[], otherwise: T): T =>
    readPart(placed, found, parts.get(name)?.value, schema, known) ?? otherwise;
  const version = parts.get('version');
  if (!isScalar(version?.value) || version.value.value !== 1) {
    found.fault(placed.lineOf(version ? version.key : top), 'version: 1 is needed; it is the form of this file');
  }
  const defaults: NodeDefaults = read('defaults', nodeDefaultsSchema, Object.keys(nodeDefaultsSchema.shape), {});
  const services: ServicesByType = read('services', servicesSchema, ['name', 'start', 'stop', 'status'], {});
  for (const item of listOf('jumpHosts')) {
    const line = readPart(placed, found, item, jumpHostLineSchema, Object.keys(jumpHostLineSchema.shape));
    if (!line) continue;
    const { name, address, port, user, jump, hostKeys } = line;
    const way = { address: address ?? name, port: port ?? SSH_PORT, user: user ?? defaults.user ?? 'root' };
    found.jumpHost(
      { name, ...way, ...(jump === undefined ? {} : { jump }), hostKeys: hostKeys ?? [] },
      placed.lineOf(item),
    );
  }
  for (const item of listOf('nodes')) {
    const line = readPart(placed, found, item, nodeLineSchema, Object.keys(nodeLineSchema.shape));
    if (line) found.node(inventoryNode(line, defaults, services), placed.lineOf(item));
  }
  return found.finish();

  function listOf(name: string): readonly unknown[] {
    const pair = parts.get(name);
    const value = pair?.value ?? null;
    if (value === null || plainIsNull(value)) return [];
    if (isSeq(value)) return value.items;
    found.fault(placed.lineOf(pair?.key), `${name}: a list is needed, each entry beginning with "- name: ..."`);
    return [];
  }
}

const plainIsNull = (node: unknown): boolean => (node as { value?: unknown }).value === null;

function readPart<T>(
  { document, lineOf }: PlacedYaml,
  found: InventoryCollector,
  node: unknown,
  schema: z.ZodType<T>,
  known: readonly string[],
): T | undefined {
  if (node === undefined || node === null) return undefined;
  let value: unknown;
  try {
    value = plainOf(node, document);
  } catch (error) {
    found.fault(lineOf(node), error instanceof Error ? error.message : String(error));
    return undefined;
  }
  if (value === null) return undefined;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  for (const { line, message } of placedIssues(checked.error, node, lineOf, known)) found.fault(line, message);
  return undefined;
}
