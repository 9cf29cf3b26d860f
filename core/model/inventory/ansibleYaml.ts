import { AnsibleHosts, type AnsibleVariable } from './ansible.ts';
import { isMapping, readPlaced } from './placedYaml.ts';
import type { InventoryReading } from './reading.ts';

/** Groups within groups that are followed. */
const DEEPEST = 20;
const GROUP_PARTS = ['hosts', 'vars', 'children'];
type Path = readonly string[];

/** Reads an Ansible inventory in YAML form: groups with `hosts`, `vars` and `children`. */
export function readAnsibleYaml(text: string, file: string): InventoryReading {
  const hosts = new AnsibleHosts(file);
  const { found } = hosts;
  const tree = readPlaced(text, found);
  if (!tree) return hosts.finish();
  const lineOf = (path: Path): number => tree.placeOf(path).line;
  if (isMapping(tree.value)) for (const [name, group] of Object.entries(tree.value)) readGroup(name, group, [name]);
  else found.fault(lineOf([]), 'groups are needed: "all:" with "hosts:" or "children:"');
  return hosts.finish();

  function readGroup(name: string, group: unknown, path: Path): void {
    hosts.group(name, lineOf(path));
    if (path.length > 2 * DEEPEST) return found.fault(lineOf(path), `more than ${DEEPEST} groups within one another`);
    for (const [part, value] of membersOf(group, path, `group ${name}`)) {
      const at = [...path, part];
      if (!GROUP_PARTS.includes(part)) {
        found.fault(lineOf(at), `${part} is not known in group ${name}; there are ${GROUP_PARTS.join(', ')}`);
        continue;
      }
      for (const [key, inner] of membersOf(value, at, `${part} of group ${name}`)) {
        const place = [...at, key];
        if (part === 'vars') hosts.variable(name, key, inner, lineOf(place));
        else if (part === 'hosts') hosts.hosts(name, key, variablesOf(inner, place, key), lineOf(place));
        else {
          readGroup(key, inner, place);
          hosts.child(name, key, lineOf(place));
        }
      }
    }
  }

  function variablesOf(value: unknown, path: Path, host: string): Map<string, AnsibleVariable> {
    const members = membersOf(value, path, `host ${host}`);
    return new Map(members.map(([key, one]) => [key, { value: one, line: lineOf([...path, key]) }]));
  }

  /** The members of a mapping; nothing of an empty one. */
  function membersOf(value: unknown, path: Path, what: string): [string, unknown][] {
    if (value === null || value === undefined) return [];
    if (isMapping(value)) return Object.entries(value);
    found.fault(lineOf(path), `${what.slice(0, 200)}: names with a colon after each are needed`);
    return [];
  }
}
