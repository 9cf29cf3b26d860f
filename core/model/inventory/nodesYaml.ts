import {
  inventoryNode,
  jumpHostLineSchema,
  type NodeDefaults,
  nodeDefaultsSchema,
  nodeLineSchema,
  type ServicesByType,
  servicesSchema,
  SSH_PORT,
} from '../inventory.ts';
import { checkPart, isMapping, readPlaced } from './placedYaml.ts';
import { InventoryCollector, type InventoryReading } from './reading.ts';

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
  const tree = readPlaced(text, found);
  if (!tree) return found.finish();
  const top = tree.value;
  const lineOf = (...path: PropertyKey[]): number => tree.placeOf(path).line;
  if (!isMapping(top)) {
    found.fault(lineOf(), 'this is no list of nodes; it begins with "version: 1" and has "nodes:"');
    return found.finish();
  }
  for (const name of Object.keys(top)) {
    if (!(NODES_YAML_PARTS as readonly string[]).includes(name)) {
      found.fault(lineOf(name), `${name.slice(0, 200)} is not known; there are ${NODES_YAML_PARTS.join(', ')}`);
    }
  }
  const version = top['version'] ?? (Object.hasOwn(top, 'nodes') ? 1 : undefined);
  if (version !== 1) found.fault(lineOf('version'), 'version: 1 is needed; it is the form of this file');
  const place = { tree, found };
  const known = Object.keys(nodeDefaultsSchema.shape);
  const defaults: NodeDefaults = checkPart(place, top['defaults'], ['defaults'], nodeDefaultsSchema, known) ?? {};
  const services: ServicesByType = checkPart(place, top['services'], ['services'], servicesSchema, []) ?? {};
  for (const [i, item] of listOf('jumpHosts').entries()) {
    const keys = Object.keys(jumpHostLineSchema.shape);
    const line = checkPart(place, item, ['jumpHosts', i], jumpHostLineSchema, keys);
    if (!line) continue;
    const { name, address, port, user, jump, hostKeys } = line;
    const way = { address: address ?? name, port: port ?? SSH_PORT, user: user ?? defaults.user ?? 'root' };
    found.jumpHost(
      { name, ...way, ...(jump === undefined ? {} : { jump }), hostKeys: hostKeys ?? [] },
      lineOf('jumpHosts', i),
    );
  }
  const keys = Object.keys(nodeLineSchema.shape);
  for (const [i, item] of listOf('nodes').entries()) {
    const line = checkPart(place, item, ['nodes', i], nodeLineSchema, keys);
    if (line) found.node(inventoryNode(line, defaults, services), lineOf('nodes', i));
    else if (item === null) found.fault(lineOf('nodes', i), 'an entry without anything in it');
  }
  return found.finish();

  function listOf(name: string): readonly unknown[] {
    const value = isMapping(top) ? (top[name] ?? []) : [];
    if (Array.isArray(value)) return value;
    found.fault(lineOf(name), `${name}: a list is needed, each entry beginning with "- name: ..."`);
    return [];
  }
}
