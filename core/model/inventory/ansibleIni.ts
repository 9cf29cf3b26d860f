import { AnsibleHosts, type AnsibleVariable } from './ansible.ts';
import { linesOf, withoutComment } from './lines.ts';
import type { InventoryReading } from './reading.ts';

const SECTIONS = ['hosts', 'vars', 'children'] as const;
type SectionKind = (typeof SECTIONS)[number];

/** Reads an Ansible inventory in INI form: hosts with variables, `[group]`, `[group:vars]`, `[group:children]`, ranges such as `node[01:32]`. */
export function readAnsibleIni(text: string, file: string): InventoryReading {
  const hosts = new AnsibleHosts(file);
  let section: { group: string; kind: SectionKind } | undefined = { group: 'ungrouped', kind: 'hosts' };
  for (const { number, line: raw } of linesOf(text, hosts.found)) {
    if (raw.startsWith(';')) continue;
    const heading = /^\[([^\]]*)\]\s*([#;].*)?$/.exec(raw);
    if (heading && !/^\[[^\]]*:\d|^\[\w:\w\]/.test(raw)) {
      section = readHeading(heading[1] ?? '');
      if (section?.kind !== undefined) hosts.group(section.group, number);
      else
        hosts.found.fault(
          number,
          `${raw.slice(0, 80)} is not understood; there are [group], [group:vars] and [group:children]`,
        );
      continue;
    }
    // Told at the heading; its lines say nothing that could be placed.
    if (!section) continue;
    if (section.kind === 'vars') {
      const [, name, value] = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(withoutComment(raw)) ?? [];
      if (name === undefined) hosts.found.fault(number, 'name=value is needed, one a line');
      else hosts.variable(section.group, name, unquoted(value ?? ''), number);
    } else if (section.kind === 'children') {
      const words = withoutComment(raw).split(/\s+/);
      if (words.length > 1) hosts.found.fault(number, 'one group a line is needed');
      else hosts.child(section.group, words[0] ?? '', number);
    } else readHost(hosts, section.group, raw, number);
  }
  return hosts.finish();
}

function readHeading(text: string): { group: string; kind: SectionKind } | undefined {
  const at = text.lastIndexOf(':');
  if (at < 0) return { group: text.trim(), kind: 'hosts' };
  const kind = SECTIONS.find((one) => one === text.slice(at + 1).trim());
  return kind && { group: text.slice(0, at).trim(), kind };
}

function readHost(hosts: AnsibleHosts, group: string, line: string, number: number): void {
  const words = wordsOf(line);
  if (typeof words === 'string') return hosts.found.fault(number, words);
  const [first, ...rest] = words;
  if (first === undefined) return;
  const variables = new Map<string, AnsibleVariable>();
  for (const word of rest) {
    const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined)
      return hosts.found.fault(number, `"${word.slice(0, 80)}" is not understood; name=value is needed`);
    variables.set(name, { value: unquoted(value ?? ''), line: number });
  }
  // `name:port`, but not the colons of a range or of an IPv6 address.
  const [, host, port] = /^([^:]*(?:\[[^\]]*\][^:]*)*):(\d{1,5})$/.exec(first) ?? [undefined, first, undefined];
  if (port !== undefined && !variables.has('ansible_port'))
    variables.set('ansible_port', { value: port, line: number });
  hosts.hosts(group, host ?? first, variables, number);
}

const unquoted = (text: string): string => /^(["'])([\s\S]*)\1$/.exec(text)?.[2] ?? text;

/** Words of a line as a shell parts them: quotes hold spaces together, `#` begins a comment. A string is the reason why they cannot be read. */
function wordsOf(line: string): readonly string[] | string {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const [i, sign] of [...line].entries()) {
    if (quote !== undefined) {
      if (sign === quote) quote = undefined;
      else word = (word ?? '') + sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= '';
    } else if (sign === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (sign === '#' && word === undefined && i > 0) break;
    else word = (word ?? '') + sign;
  }
  if (quote !== undefined) return `a quote (${quote}) is not closed`;
  if (word !== undefined) words.push(word);
  return words;
}
