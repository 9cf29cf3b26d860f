import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CommandHost } from '../cli/CommandHost.ts';
import { createProgram } from '../cli/program.ts';
import { putctlManual } from './putctlManual.ts';

describe('the manual page of putctl', async () => {
  const page = await putctlManual('1.2.3');

  it('has every command and option of the command line, and what every command takes once', async () => {
    const program = await createProgram({ version: '1.2.3' } as CommandHost, () => {});
    for (const command of program.commands) {
      expect(page).toMatch(new RegExp(`^\\.SS putctl ${command.name().replaceAll('-', '\\\\-')}( |$)`, 'm'));
    }
    expect(page.match(/^\.B \\-s, \\-\\-system <name>$/gm)).toHaveLength(1);
    expect(page).toMatch(/^\.B \\-\\-through$/m);
    expect(page).toContain('putctl run \\-\\-plan plan.yaml \\-\\-yes');
    expect(page).toContain('Exit codes:');
    expect(page).not.toContain('and others: putctl options');
    for (const [, name = ''] of page.matchAll(/(PUT_[A-Z_]+)/g))
      expect(page).toMatch(new RegExp(`^\\.B .*${name}`, 'm'));
  });

  it.skipIf(!existsSync('/usr/bin/groff'))('is what groff understands', () => {
    const { stderr, status } = spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8'], { input: page, encoding: 'utf8' });
    expect([stderr, status]).toEqual(['', 0]);
  });
});
