import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { commandsOf, openDocumentShell, whyNoDocumentShell } from '../support/documentShell.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const missing = whyNoDocumentShell();

const documents = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, commands: commandsOf(readFileSync(`${DOCS}${name}`, 'utf8')) }))
  .filter(({ commands }) => commands.length > 0);

it('reads commands, promises and lines of a document', () => {
  const text = [
    'text',
    '```sh',
    '# a remark',
    'putctl nodes \\',
    '  --packages   # exit 2',
    '',
    '# prints ready',
    'ls  # x',
    '```',
    '```',
    'no',
    '```',
  ];
  expect(commandsOf(text.join('\n'))).toEqual([
    { text: 'putctl nodes \\\n  --packages', line: 4, exitCode: 2, prints: undefined },
    { text: 'ls', line: 8, exitCode: 0, prints: 'ready' },
  ]);
});

describe.skipIf(missing !== undefined)(`documents${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  beforeAll(() => bundle(['putctl', 'putservices']));

  // A document may wait for what it tells of, and a loaded machine takes its time.
  it.for(documents)('$name does what it says, command by command', { timeout: 600_000 }, async ({ name, commands }) => {
    const shell = await openDocumentShell();
    try {
      for (const { text, line, exitCode, prints } of commands) {
        const outcome = await shell.run(text);
        const place = `docs/${name}:${line}: ${text}\n${outcome.output}`;
        expect(outcome.exitCode, place).toBe(exitCode);
        if (prints !== undefined) expect(outcome.output, place).toContain(prints);
      }
    } finally {
      await shell.close();
    }
  });
});
