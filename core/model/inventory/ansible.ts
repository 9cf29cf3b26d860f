import { type InventoryNode, INVENTORY_LIMITS, inventoryNode, type NodeLine, tagSchema } from '../inventory.ts';
import { groupNameOf } from '../groupName.ts';
import { NODE_TYPES } from '../node.ts';
import { expandHostRange } from './hostRange.ts';
import { portOfWord, readHostWord, typeOfWord, whyNoAddress, whyNoGroup, whyNoName, whyNoUser } from './lines.ts';
import { InventoryCollector, type InventoryReading } from './reading.ts';

/*
 * An Ansible inventory as both of its forms (INI and YAML) are read: hosts and groups with variables. What decides how a host is reached
 * is understood or a fault; every other variable is named in a note, once a name.
 */

export interface AnsibleVariable {
  readonly value: unknown;
  readonly line: number;
}
type Variables = Map<string, AnsibleVariable>;

interface Group {
  readonly hosts: Set<string>;
  /** Groups within it, with the line that says so. */
  readonly children: Map<string, number>;
  readonly variables: Variables;
  /** Whether the file has it, more than as another's child. */
  defined: boolean;
}

/** Groups that every inventory has. */
const ALL = 'all';
const UNGROUPED = 'ungrouped';
const MOST_GROUPS = 10_000;

export class AnsibleHosts {
  readonly #found: InventoryCollector;
  readonly #hosts = new Map<string, { line: number; variables: Variables }>();
  readonly #groups = new Map<string, Group>();

  constructor(file: string) {
    this.#found = new InventoryCollector(file);
  }

  get found(): InventoryCollector {
    return this.#found;
  }

  /** Begins a group, or goes on with it. */
  group(name: string, line: number): void {
    const group = this.#groupOf(name, line);
    if (group) group.defined = true;
  }

  child(parent: string, child: string, line: number): void {
    const group = this.#groupOf(parent, line);
    if (group && this.#groupOf(child, line) && !group.children.has(child)) group.children.set(child, line);
  }

  variable(group: string, name: string, value: unknown, line: number): void {
    this.#groupOf(group, line)?.variables.set(name, { value, line });
  }

  /** The hosts of a pattern, within a group, with variables of their own. */
  hosts(group: string, pattern: string, variables: ReadonlyMap<string, AnsibleVariable>, line: number): void {
    const names = expandHostRange(pattern);
    if (typeof names === 'string') return this.#found.fault(line, names);
    const within = this.#groupOf(group, line);
    for (const name of names) {
      const known = this.#hosts.get(name);
      if (!known && this.#hosts.size > INVENTORY_LIMITS.nodes) {
        return this.#found.fault(line, `more than ${INVENTORY_LIMITS.nodes} hosts; an inventory has at most that many`);
      }
      const host = known ?? { line, variables: new Map() };
      for (const [key, value] of variables) host.variables.set(key, value);
      this.#hosts.set(name, host);
      within?.hosts.add(name);
    }
  }

  finish(): InventoryReading {
    const levels = this.#levels();
    const groupsOfHost = this.#groupsOfHosts(levels);
    const noted = new Set<string>();
    for (const [name, { line, variables }] of this.#hosts) {
      const groups = groupsOfHost.get(name) ?? [];
      const merged: Variables = new Map();
      for (const group of groups) for (const one of this.#groups.get(group)?.variables ?? []) merged.set(...one);
      for (const one of variables) merged.set(...one);
      const node = this.#nodeOf(name, line, groups, merged, noted);
      if (node) this.#found.node(node, line);
    }
    return this.#found.finish();
  }

  #groupOf(name: string, line: number): Group | undefined {
    const known = this.#groups.get(name);
    if (known) return known;
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,99}$/.test(name)) {
      this.#found.fault(
        line,
        `"${name.slice(0, 80)}" is no name of a group; letters, digits, dots, dashes and underscores are`,
      );
      return undefined;
    }
    if (this.#groups.size >= MOST_GROUPS) {
      this.#found.fault(line, `more than ${MOST_GROUPS} groups`);
      return undefined;
    }
    const group = {
      hosts: new Set<string>(),
      children: new Map<string, number>(),
      variables: new Map(),
      defined: false,
    };
    this.#groups.set(name, group);
    return group;
  }

  /** How deep each group stands at most; what a group says counts more the deeper it stands. Circles and groups that are nowhere are told. */
  #levels(): Map<string, number> {
    const waitsFor = new Map<string, number>();
    for (const { children } of this.#groups.values()) {
      for (const [child, line] of children) {
        waitsFor.set(child, (waitsFor.get(child) ?? 0) + 1);
        const group = this.#groups.get(child);
        if (group && !group.defined && group.hosts.size === 0 && child !== ALL && child !== UNGROUPED) {
          this.#found.fault(line, `there is no group ${child}`);
        }
      }
    }
    const levels = new Map<string, number>();
    const ready = [...this.#groups.keys()].filter((name) => !waitsFor.has(name));
    for (const name of ready) levels.set(name, name === ALL ? 0 : 1);
    for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
      for (const child of this.#groups.get(name)?.children.keys() ?? []) {
        levels.set(child, Math.max(levels.get(child) ?? 1, (levels.get(name) ?? 0) + 1));
        const left = (waitsFor.get(child) ?? 1) - 1;
        waitsFor.set(child, left);
        if (left === 0) ready.push(child);
      }
    }
    for (const [name, { children }] of this.#groups) {
      for (const [child, line] of children) {
        if ((waitsFor.get(child) ?? 0) > 0 && (waitsFor.get(name) ?? 0) > 0) {
          this.#found.fault(line, `group ${name} would be within itself, by way of ${child}`);
        }
      }
    }
    return levels;
  }

  /** The groups that each host is in, those that count least first. */
  #groupsOfHosts(levels: ReadonlyMap<string, number>): Map<string, string[]> {
    const parents = new Map<string, string[]>();
    for (const [name, { children }] of this.#groups) {
      for (const child of children.keys()) parents.set(child, [...(parents.get(child) ?? []), name]);
    }
    const withParents = new Map<string, ReadonlySet<string>>();
    const closureOf = (name: string): ReadonlySet<string> => {
      const known = withParents.get(name);
      if (known) return known;
      const closure = new Set([name]);
      const open = [name];
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        for (const parent of parents.get(at) ?? []) {
          if (!closure.has(parent)) open.push(parent);
          closure.add(parent);
        }
      }
      withParents.set(name, closure);
      return closure;
    };
    const found = new Map<string, Set<string>>();
    for (const name of this.#hosts.keys()) found.set(name, new Set(this.#groups.has(ALL) ? [ALL] : []));
    for (const [name, { hosts }] of this.#groups) {
      for (const host of hosts) for (const one of closureOf(name)) found.get(host)?.add(one);
    }
    const order = (a: string, b: string): number =>
      (levels.get(a) ?? 1) - (levels.get(b) ?? 1) || (a < b ? -1 : a > b ? 1 : 0);
    return new Map([...found].map(([host, groups]) => [host, [...groups].sort(order)]));
  }

  #nodeOf(
    name: string,
    line: number,
    groups: readonly string[],
    variables: Variables,
    noted: Set<string>,
  ): InventoryNode | undefined {
    const why = whyNoName(name);
    if (why !== undefined) {
      this.#found.fault(line, `"${name.slice(0, 80)}" cannot name a node: ${why}`);
      return undefined;
    }
    const said: Said = { tags: new Set() };
    for (const group of groups) {
      if (group === ALL || group === UNGROUPED) continue;
      const type = typeOfWord(group);
      if (type) said.type = type;
      else if (tagSchema.safeParse(group).success) said.tags.add(group);
    }
    let good = true;
    for (const [key, variable] of variables) {
      const problem = takeVariable(said, key, variable.value);
      if (problem === undefined) continue;
      // What a group says is told once, not for each of its hosts.
      const once = `${variable.line} ${key} ${problem.kind}`;
      const first = !noted.has(once);
      noted.add(once);
      if (problem.kind === 'fault') good = false;
      if (problem.kind === 'fault' && first) this.#found.fault(variable.line, `${key}: ${problem.message}`);
      const ofName = `${key} ${problem.message}`;
      if (problem.kind === 'note' && !noted.has(ofName)) this.#found.note(variable.line, `${key}: ${problem.message}`);
      noted.add(ofName);
    }
    if (!good) return undefined;
    if (said.tags.size > INVENTORY_LIMITS.tags) {
      this.#found.fault(
        line,
        `${name} is in ${said.tags.size} groups; each is a tag, of which a node has at most ${INVENTORY_LIMITS.tags}`,
      );
      return undefined;
    }
    const { becomes, jump, tags, ...others } = said;
    const become = becomes === undefined ? undefined : becomes ? 'sudo' : 'none';
    const way = jump === undefined ? undefined : this.#jumpHost(jump, line);
    return inventoryNode({ name, ...others, become, jump: way, tags: [...tags] });
  }

  /** The jump host of a ProxyJump word, made at its first use. */
  #jumpHost(word: string, line: number): string {
    const known = this.#jumpHosts.get(word);
    if (known !== undefined) return known;
    const { user, host, port } = readHostWord(word) ?? { host: word };
    const name = `jump-${host.replace(/[^A-Za-z0-9._-]/g, '-')}${port === undefined ? '' : `-${port}`}`.slice(0, 64);
    this.#jumpHosts.set(word, name);
    this.#found.jumpHost({ name, address: host, port: port ?? 22, user: user ?? 'root', hostKeys: [] }, line);
    return name;
  }

  readonly #jumpHosts = new Map<string, string>();
}

type Said = { -readonly [K in Exclude<keyof NodeLine, 'name' | 'tags' | 'become'>]?: NodeLine[K] } & {
  becomes?: boolean;
  readonly tags: Set<string>;
};
interface Problem {
  readonly kind: 'fault' | 'note';
  readonly message: string;
}
const fault = (message: string): Problem => ({ kind: 'fault', message });
const note = (message: string): Problem => ({ kind: 'note', message });

/** Takes over what one variable says; a problem where that cannot be done, or is not. */
function takeVariable(said: Said, key: string, value: unknown): Problem | undefined {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : undefined;
  if (Object.hasOwn(IGNORED, key)) return note(IGNORED[key] ?? '');
  const take = Object.hasOwn(VARIABLES, key) ? VARIABLES[key] : undefined;
  if (!take) {
    return /^ansible_(ssh_|connection|become|shell|winrm|psrp|paramiko|host|port|user)/.test(key)
      ? fault('it decides how the host is reached and is not understood here; leave it out or say it in nodes.yaml')
      : note('not taken over; it says nothing of how a node is reached');
  }
  if (text === undefined) return fault('a plain value is needed');
  if (text.includes('{{')) return fault('templates are not read; write the value itself');
  return take(said, text);
}

const NOT_KEPT =
  'not taken over: passwords are never kept; nodes are reached with the key of the master, and a password for sudo is asked for';
/** Variables that are known and left out on purpose. */
const IGNORED: Readonly<Record<string, string>> = {
  ansible_password: NOT_KEPT,
  ansible_ssh_pass: NOT_KEPT,
  ansible_ssh_password: NOT_KEPT,
  ansible_become_pass: NOT_KEPT,
  ansible_become_password: NOT_KEPT,
  ansible_sudo_pass: NOT_KEPT,
  ansible_ssh_private_key_file: 'not taken over: nodes are reached with the key of the master (putctl nodes authorize)',
  ansible_private_key_file: 'not taken over: nodes are reached with the key of the master (putctl nodes authorize)',
  ansible_python_interpreter: 'not taken over: nothing but a shell is needed on a node',
  ansible_shell_executable: 'not taken over: the shell of the user is used',
  ansible_host_key_checking: 'not taken over: host keys are always checked',
  ansible_ssh_host_key_checking: 'not taken over: host keys are always checked',
  ansible_ssh_pipelining: 'not taken over: it changes nothing here',
  ansible_ssh_retries: 'not taken over: it changes nothing here',
  ansible_ssh_timeout: 'not taken over: it changes nothing here',
};

type Take = (said: Said, text: string) => Problem | undefined;

const wordOf =
  (place: 'address' | 'user', whyNot: (text: string) => string | undefined): Take =>
  (said, text) => {
    const why = whyNot(text);
    if (why !== undefined) return fault(why);
    said[place] = text;
    return undefined;
  };
const address = wordOf('address', whyNoAddress);
const user = wordOf('user', whyNoUser);
const port: Take = (said, text) => {
  const value = portOfWord(text);
  if (value === undefined) return fault('a port from 1 to 65535 is needed');
  said.port = value;
  return undefined;
};
const become: Take = (said, text) => {
  const yes = /^(yes|true|on|1|y|t)$/i.test(text);
  if (!yes && !/^(no|false|off|0|n|f)$/i.test(text)) return fault('true or false is needed');
  said.becomes = yes;
  return undefined;
};
const only =
  (wanted: RegExp, message: string): Take =>
  (_said, text) =>
    wanted.test(text) ? undefined : fault(message);
const group =
  (place: 'system' | 'clique'): Take =>
  (said, text) => {
    const why = whyNoGroup(text);
    if (why !== undefined) return fault(why);
    said[place] = groupNameOf(text);
    return undefined;
  };
/** Arguments for ssh: a jump host is understood. */
const sshArguments: Take = (said, text) => {
  const rest = text.trim();
  if (rest === '') return undefined;
  const [, byOption, byFlag] =
    /^-o\s*["']?ProxyJump[= ]\s*([^\s"',]+)["']?$/i.exec(rest) ?? /^()-J\s*["']?([^\s"',]+)["']?$/.exec(rest) ?? [];
  const word = byOption === undefined || byOption === '' ? byFlag : byOption;
  if (word === undefined || !readHostWord(word)) {
    return fault(
      'of the arguments for ssh only one jump host is understood (-J host, -o ProxyJump=host); say others in nodes.yaml',
    );
  }
  said.jump = word;
  return undefined;
};

/** Variables that are understood; those with `put_` are our own. */
const VARIABLES: Readonly<Record<string, Take>> = {
  ansible_host: address,
  ansible_ssh_host: address,
  ansible_port: port,
  ansible_ssh_port: port,
  ansible_user: user,
  ansible_ssh_user: user,
  ansible_become: become,
  ansible_sudo: become,
  ansible_become_method: only(
    /^(ansible\.builtin\.)?sudo$/,
    'only sudo is known; say become: none for a user with all rights',
  ),
  ansible_become_user: only(/^root$/, 'only root is known'),
  ansible_sudo_user: only(/^root$/, 'only root is known'),
  ansible_become_exe: only(/^sudo$/, 'only sudo in the path of the user is known'),
  ansible_connection: only(
    /^(ansible\.builtin\.)?(ssh|smart|paramiko(_ssh)?)$/,
    'only ssh is known; take the host out if it is not reached by SSH',
  ),
  ansible_shell_type: only(/^(sh|bash)$/, 'only a POSIX shell is known'),
  ansible_ssh_common_args: sshArguments,
  ansible_ssh_extra_args: sshArguments,
  put_type: (said, text) => {
    const type = typeOfWord(text);
    if (!type) return fault(`one of ${NODE_TYPES.join(', ')} is needed`);
    said.type = type;
    return undefined;
  },
  put_system: group('system'),
  put_clique: group('clique'),
  put_tags: (said, text) => {
    for (const tag of text.split(/[\s,]+/).filter((one) => one !== '')) {
      const why = tagSchema.safeParse(tag).error?.issues[0]?.message;
      if (why !== undefined) return fault(why);
      said.tags.add(tag);
    }
    return undefined;
  },
};
