import { Command, type Option } from 'commander';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { optionsBehindCommand } from '../../cli/commandLine.ts';
import { withTarget } from '../../cli/commonOptions.ts';
import type { CommandHost } from '../../cli/CommandHost.ts';
import { createServicesProgram } from '../../services/commandLine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const textOf = new Map(documents.map((name) => [name, readFileSync(join(ROOT, name), 'utf8')]));

// Nothing is run: the host is never asked.
const programs: Readonly<Record<string, Command>> = {
  putctl: await createProgram({ version: '0' } as CommandHost, () => {}),
  putservices: createServicesProgram('0', () => {}),
};

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

/** Words of a command line as a document writes it: up to its explanation, a pipe or a remark; brackets of what may be left out are taken away. */
function wordsOf(line: string): string[] {
  const command = line.replace(/\\\|/g, '|').split(/ {3,}|\s[|;#&>]\s|\s[|&]$|\s#/)[0] ?? '';
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^\[+(?=.)|(?<=.)\]+$/g, '')).filter((word) => word !== '...');
}

function findOption(command: Command | null, flag: string): Option | undefined {
  for (let at = command; at; at = at.parent) {
    const found = at.options.find((option) => option.long === flag || option.short === flag);
    if (found) return found;
  }
  return undefined;
}

/** What is wrong with a documented command line by the program's own definition; undefined: nothing. */
function faultOf(line: string): string | undefined {
  const [name, ...given] = wordsOf(line);
  let command = programs[name ?? ''];
  if (!command) return `there is no program ${name}`;
  const words = name === 'putctl' ? optionsBehindCommand(command, given, withTarget(new Command())) : given;
  let named = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === 'help' || word === '--help') return undefined;
    // What follows is a command for the nodes.
    if (word === '--') return undefined;
    if (word.startsWith('-') && word !== '-') {
      const option = findOption(command, word.split('=')[0] ?? '');
      if (!option) return `${command.name()} has no option ${word}`;
      const takesNext = option.required || (option.optional && words[at + 1]?.startsWith('-') === false);
      if (takesNext && !word.includes('=')) at++;
      continue;
    }
    const below: Command | undefined = named === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (below) {
      command = below;
      continue;
    }
    named++;
    const all = command.registeredArguments;
    if (named > all.length && all.at(-1)?.variadic !== true) return `${command.name()} takes no ${word}`;
  }
  return undefined;
}

/** Command lines in code spans and in blocks that are not run. */
function commandLinesOf(markdown: string): string[] {
  const lines: string[] = [];
  const prose = markdown.replace(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm, (_, language: string, block: string) => {
    if (language !== 'sh') lines.push(...block.split('\n').map((line) => line.replace(/^\s*[$#]?\s*/, '')));
    return '';
  });
  lines.push(...[...prose.matchAll(/`([^`]+)`/g)].map(([, span]) => (span ?? '').replace(/\s*\n\s*/g, ' ')));
  return lines.filter((line) => /^(putctl|putservices) /.test(line));
}

const anchorsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('command lines', () => {
  it('finds what the programs do not have', () => {
    expect(faultOf('putctl nodes refresh --system lab')).toBeUndefined();
    expect(faultOf('putctl ports rest')).toBe('ports takes no rest');
    expect(faultOf('putctl prots')).toBe('putctl takes no prots');
    expect(faultOf('putctl retry --node tpa-001')).toBe('retry has no option --node');
    expect(faultOf('putservices account add anna --roles admin')).toBe('add has no option --roles');
    expect(commandLinesOf('`putctl a`\n```\n$ putctl b   x\n```\n```sh\nputctl c\n```\n')).toEqual([
      'putctl b   x',
      'putctl a',
    ]);
  });

  it.for(documents)('%s: what is not run parses by the definition of the program', (name) => {
    const faults = commandLinesOf(textOf.get(name) ?? '').map((line) => [line, faultOf(line)]);
    expect(faults.filter(([, fault]) => fault !== undefined)).toEqual([]);
  });

  it('putctl.md: the table of commands has every command, and only options that it has', () => {
    const [, table = ''] = (textOf.get('docs/putctl.md') ?? '').split('## Commands\n');
    const rows = table.split('\n## ')[0] ?? '';
    const lines = [...rows.matchAll(/^\| (`.+`) +\|/gm)].flatMap(([, cell]) => [
      ...(cell ?? '').matchAll(/`([^`]+)`/g),
    ]);
    const written = lines.map(([, line]) => `putctl ${line ?? ''}`);
    expect(written.filter((line) => faultOf(line) !== undefined)).toEqual([]);
    const names = new Set(written.map((line) => wordsOf(line)[1]));
    expect(
      programs['putctl']?.commands.map((one) => one.name()).filter((one) => one !== 'help' && !names.has(one)),
    ).toEqual([]);
  });

  it('putctl.md: every option that it names alone is one of putctl', () => {
    const flags = new Set(
      everyCommand(programs['putctl'] as Command).flatMap(({ options }) => options.map((option) => option.long)),
    );
    const spans = [...(textOf.get('docs/putctl.md') ?? '').matchAll(/`(--[\w-]+)[^`]*`/g)].map(([, flag]) => flag);
    expect(spans.filter((flag) => flag !== '--help' && !flags.has(flag))).toEqual([]);
  });

  it('examples in the help of every command parse', () => {
    const faults: string[] = [];
    for (const program of Object.values(programs)) {
      for (const command of everyCommand(program)) {
        let help = '';
        command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
        for (const [, line] of help.matchAll(/^ +((?:putctl|putservices) .+)$/gm)) {
          const fault = faultOf(line ?? '');
          if (fault !== undefined) faults.push(`${command.name()}: ${line}: ${fault}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });
});

describe('documents', () => {
  it('docs/README.md leads to each of them', () => {
    const index = textOf.get('docs/README.md') ?? '';
    const missing = documents.filter((name) => name.startsWith('docs/') && !index.includes(`](${name.slice(5)})`));
    expect(missing).toEqual(['docs/README.md']);
  });

  it.for(documents)('%s: what it links to is there', (name) => {
    const text = textOf.get(name) ?? '';
    const broken = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)].flatMap(([link, file, anchor]) => {
      const path = file ? join(ROOT, dirname(name), file) : join(ROOT, name);
      if (!existsSync(path)) return [link];
      return anchor === undefined || anchorsOf(readFileSync(path, 'utf8')).includes(anchor) ? [] : [link];
    });
    expect(broken).toEqual([]);
  });
});
