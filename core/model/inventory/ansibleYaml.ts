import { isAlias, isMap, isScalar } from 'yaml';
import { INVENTORY_LIMITS } from '../inventory.ts';
import { AnsibleHosts, type AnsibleVariable } from './ansible.ts';
import type { InventoryReading } from './reading.ts';
import { keyText, pairsOf, parsePlaced, plainOf } from './yamlPlaces.ts';

/** Groups within groups that are followed. */
const DEEPEST = 20;
/** Places that groups stand at; aliases could make a short text endless. */
const MOST_GROUP_PLACES = 10_000;
const GROUP_PARTS = ['hosts', 'vars', 'children'];

/** Reads an Ansible inventory in YAML form: groups with `hosts`, `vars` and `children`. */
export function readAnsibleYaml(text: string, file: string): InventoryReading {
  const hosts = new AnsibleHosts(file);
  const { found } = hosts;
  let places = 0;
  if (text.length > INVENTORY_LIMITS.bytes) {
    found.fault(1, `the file has ${text.length} signs; at most ${INVENTORY_LIMITS.bytes} are read`);
    return hosts.finish();
  }
  const { document, lineOf, faults } = parsePlaced(text);
  for (const { line, message } of faults) found.fault(line, message);
  const top = document.contents;
  if (isMap(top)) for (const pair of pairsOf(top)) readGroup(keyText(pair), pair.value, lineOf(pair.key), 1);
  else if (top !== null) found.fault(lineOf(top), 'groups are needed: "all:" with "hosts:" or "children:"');
  return hosts.finish();

  function readGroup(name: string, node: unknown, line: number, depth: number): void {
    hosts.group(name, line);
    places += 1;
    if (places === MOST_GROUP_PLACES) found.fault(line, `groups at more than ${MOST_GROUP_PLACES} places`);
    if (places >= MOST_GROUP_PLACES) return;
    if (depth > DEEPEST) return found.fault(line, `more than ${DEEPEST} groups within one another`);
    for (const [part, value, at] of membersOf(node, line, `group ${name}`)) {
      if (!GROUP_PARTS.includes(part)) {
        found.fault(at, `${part} is not known in group ${name}; there are ${GROUP_PARTS.join(', ')}`);
        continue;
      }
      for (const [key, inner, innerLine] of membersOf(value, at, `${part} of group ${name}`)) {
        if (part === 'vars') hosts.variable(name, key, plain(inner, innerLine), innerLine);
        else if (part === 'hosts') hosts.hosts(name, key, variablesOf(inner, innerLine, key), innerLine);
        else {
          readGroup(key, inner, innerLine, depth + 1);
          hosts.child(name, key, innerLine);
        }
      }
    }
  }

  function variablesOf(node: unknown, line: number, host: string): Map<string, AnsibleVariable> {
    return new Map(
      membersOf(node, line, `host ${host}`).map(([key, value, at]) => [key, { value: plain(value, at), line: at }]),
    );
  }

  /** The members of a mapping; nothing of an empty one. */
  function membersOf(node: unknown, line: number, what: string): [string, unknown, number][] {
    const value: unknown = isAlias(node) ? node.resolve(document) : node;
    if (value === null || value === undefined || (isScalar(value) && value.value === null)) return [];
    if (!isMap(value)) {
      found.fault(line, `${what}: names with a colon after each are needed`);
      return [];
    }
    return pairsOf(value).map((pair) => [keyText(pair), pair.value, lineOf(pair.key, line)]);
  }

  function plain(node: unknown, line: number): unknown {
    try {
      return plainOf(node, document);
    } catch (error) {
      found.fault(line, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
