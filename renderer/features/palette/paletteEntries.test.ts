import { describe, expect, it } from 'vitest';
import type { WorkbenchState } from '../../../electron/contract/bridge.ts';
import { mockSystem } from '../../testing/mockData.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { t } from '../../texts/en.ts';
import { entriesOfPicture, findEntries, type PaletteEntry } from './paletteEntries.ts';

function pictureOfTwo() {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.startJob();
  const [systemId = ''] = Object.keys(mock.state.systems);
  const west = mockSystem({ nodes: {} });
  const other = { ...west, saved: { ...west.saved, systemId: 'west', name: 'west' } };
  const away = {
    ...other,
    saved: { ...west.saved, systemId: 'far', name: 'far' },
    session: { kind: 'signed-out' },
  } as typeof other;
  const systems: WorkbenchState['systems'] = { ...mock.state.systems, west: other, far: away };
  return { systemId, picture: { ...mock.state, systems } };
}

const shownNames = (entries: readonly PaletteEntry[], typed: string, most = 20): string[] =>
  findEntries(entries, typed, most).flatMap((group) => group.entries.map(({ name }) => name));

describe('the palette', () => {
  const { picture, systemId } = pictureOfTwo();
  const place = { kind: 'system', systemId, tab: 'operations' } as const;
  const entries = entriesOfPicture(picture, place);

  it('has what is of every system; of one without a session the sign-in alone', () => {
    expect(entries.filter(({ id }) => id.includes('west')).length).toBeGreaterThan(0);
    expect(entries.filter(({ id }) => id.includes('far')).map(({ name }) => name)).toEqual(['Sign in to far']);
    expect(entries.filter(({ group }) => group === 'node').map(({ name }) => name)).toHaveLength(8);
    expect(entries.some(({ group }) => group === 'package')).toBe(true);
    expect(entries.some(({ group }) => group === 'job')).toBe(true);
  });

  it('opens a node where the person is', () => {
    const [jobId = ''] = Object.keys(picture.systems[systemId]?.jobs ?? {});
    const inJob = { kind: 'job', systemId, jobId } as const;
    const node = entriesOfPicture(picture, inJob).find(({ group }) => group === 'node');
    expect(node?.target).toMatchObject({ kind: 'node', place: inJob });
    expect(entries.find(({ group }) => group === 'node')?.target).toMatchObject({ place: { tab: 'nodes' } });
  });

  it('finds by every word, in any order, the best first', () => {
    const names = shownNames(entries, 'tpa-1');
    expect(names[0]).toBe('tpa-1');
    expect(shownNames(entries, 'INSTALL job').length).toBe(1);
    expect(shownNames(entries, 'job install').length).toBe(1);
    expect(shownNames(entries, 'no such thing')).toEqual([]);
  });

  it('finds by the words people look for, whatever it is called', () => {
    expect(shownNames(entries, 'inventory')[0]).toBe('Nodes');
    for (const word of ['chat', 'timeline']) expect(shownNames(entries, word)).toContain('Operations');
    const button = (name: string): PaletteEntry => ({
      ...{ id: name, group: 'command', name, about: '' },
      target: { kind: 'button', at: 0 },
    });
    expect(shownNames([...entries, button('Settings')], 'about')).toEqual(['Settings']);
    const named = [...Object.values(t.shell.tabs), t.settings.title, t.chat.title, t.shell.systems];
    expect(named).toEqual(expect.arrayContaining(Object.keys(t.keyboard.alsoCalled)));
  });

  it('shows nothing of thousands before something is typed, and says how many are left out', () => {
    expect(findEntries(entries, '', 20).map(({ group }) => group)).toEqual(['place', 'job']);
    const [nodes] = findEntries(entries, 'tpa', 2);
    expect(nodes).toMatchObject({ group: 'node', entries: [{}, {}] });
    expect(nodes?.more).toBeGreaterThan(0);
  });

  it('puts what cannot be done now after what can', () => {
    const command = (name: string, off: boolean): PaletteEntry => ({
      ...{ id: name, group: 'command', name, about: '', off },
      target: { kind: 'command', commandId: name },
    });
    expect(shownNames([command('next', true), command('next week', false)], 'next')).toEqual(['next week', 'next']);
  });
});
