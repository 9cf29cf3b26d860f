import { describe, expect, it } from 'vitest';
import { INSTALL_UPGRADE_SOFTWARE } from '../model/operations/installUpgradeSoftware.ts';
import { askedIn, changedAnswers, givenAnswer, parseAnswers, type JobAnswers } from './givenAnswers.ts';
import type { AskKindName } from './registry.ts';
import { impossibleVersions } from './switchVersions.ts';
import { SCREENS } from './testing/screens.ts';

const SPEC = INSTALL_UPGRADE_SOFTWARE;
const answer = (at: AskKindName, more: JobAnswers = {}): unknown => {
  const screen = { stepId: at, kind: at, content: SCREENS[at] };
  return givenAnswer(more, askedIn({ screen, currentStep: at, steps: {}, nodes: {} }));
};

describe('answers of a plan', () => {
  it('takes the proposal of every screen where the plan says nothing', () => {
    expect(answer('configuration-mode')).toEqual({ mode: 'typical' });
    expect(answer('select-nodes')).toEqual({ nodeIds: ['tpa-1', 'tpa-2', 'aws-1'] });
    expect(answer('group-nodes')).toEqual({ types: {} });
    expect(answer('package-source')).toEqual({ certList: 'put-17.20.certlist' });
    expect(answer('select-packages')).toEqual({ fileNames: ['a-2-1.noarch.rpm'] });
    expect(answer('spool-area')).toEqual({ path: '/var/spool/put' });
    expect(answer('plan')).toEqual({ accept: true });
    expect(answer('switch-versions')).toEqual({ versions: { a: '2-1' } });
  });

  it('takes what the plan says', () => {
    expect(answer('configuration-mode', { mode: 'custom' })).toMatchObject({ mode: 'custom' });
    expect(answer('select-nodes', { nodes: ['tpa-2'] })).toMatchObject({ nodeIds: ['tpa-2'] });
    expect(answer('select-nodes', { nodeTypes: ['TPA'] })).toMatchObject({ nodeIds: ['tpa-1', 'tpa-2'] });
    expect(answer('package-source', { release: '17.10.04' })).toMatchObject({ certList: 'put-17.10.certlist' });
    expect(answer('package-source', { packages: ['b-2-1.noarch.rpm'] })).toEqual({});
    expect(answer('select-packages', { packages: ['b-2-1.noarch.rpm'] })).toMatchObject({
      fileNames: ['b-2-1.noarch.rpm'],
    });
    expect(answer('switch-versions', { versions: { a: '1-1' } })).toMatchObject({ versions: { a: '1-1' } });
  });

  it.each<[AskKindName, JobAnswers, string, string]>([
    ['select-nodes', { nodes: ['tpa-9'] }, 'node-unknown', 'there is no node tpa-9'],
    ['select-nodes', { nodeTypes: ['SWS'] }, 'node-unknown', 'no node is of type SWS'],
    ['group-nodes', { types: { 'tpa-9': 'TPA' } }, 'node-unknown', 'tpa-9 is not a selected node'],
    ['package-source', { certList: 'x' }, 'package-unknown', 'no cert list x'],
    ['package-source', { release: '1' }, 'package-unknown', 'no cert list of release 1'],
    ['select-packages', { packages: ['z.rpm'] }, 'package-unknown', 'no z.rpm'],
    ['spool-area', { spoolArea: '/data' }, 'input-invalid', '/data is on no file system that every node has'],
    ['spool-area', { spoolArea: '/' }, 'input-invalid', 'packages go to a folder of their own below /'],
    ['switch-versions', { versions: { z: '1' } }, 'input-invalid', 'no component z'],
    ['switch-versions', { versions: { a: '9' } }, 'input-invalid', 'a has no 9'],
  ])('tells at %s what the system does not have', (at, more, code, words) => {
    expect(() => answer(at, more)).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }),
    );
  });
});

describe('answers of a job', () => {
  it('are refused where they contradict each other or do not fit', () => {
    const place = (given: object): unknown => {
      try {
        return parseAnswers(SPEC, given);
      } catch (error) {
        return (error as { details?: { place?: string } }).details?.place;
      }
    };
    expect(place({ nodes: ['a'], nodeTypes: ['TPA'] })).toBe('nodeTypes');
    expect(place({ certList: 'a', release: 'b' })).toBe('release');
    expect(place({ versions: { a: '1' } })).toBe('versions');
    expect(place({ packages: ['a', 'a'] })).toBe('packages');
    expect(place({ mode: 'fast' })).toBe('answers.mode');
    expect(place({ mode: 'custom' })).toEqual({ mode: 'custom' });
  });

  it('differ by their parts, each with the step that it is for', () => {
    expect(
      changedAnswers(SPEC, { mode: 'custom', spoolArea: '/' }, { mode: 'custom', nodes: ['a'], replan: true }),
    ).toEqual([
      { part: 'spoolArea', stepId: 'spool-area' },
      { part: 'nodes', stepId: 'select-nodes' },
      { part: 'replan', stepId: undefined },
    ]);
  });

  it('name versions that the plan could never bring, and those that it takes away', () => {
    const upgrade = { packageName: 'a', action: 'upgrade' as const, from: '1-1', to: '2-1', wayBack: true };
    const kept = { packageName: 'a', action: 'keep' as const, from: '4-1', to: '4-1', wayBack: true };
    const plan = { packages: [{ name: 'a', arch: 'noarch' }] as never, nodes: { n1: [upgrade], n2: [kept] } };
    expect(impossibleVersions({ a: '2-1' }, plan)).toEqual([]);
    expect(impossibleVersions({ a: '4-1' }, plan)).toEqual([]);
    expect(impossibleVersions({ a: '1-1', z: '1' }, plan)).toEqual([
      'versions: after this plan a has no 1-1; there is 2-1, 4-1',
      'versions: the plan has no component z; there is a',
    ]);
  });

  it('are not held against what is installed beside its older versions, nor against builds for two architectures', () => {
    const kernel = { packageName: 'kernel', action: 'install' as const, to: '6-1', wayBack: true };
    const lib = { packageName: 'lib.i686', action: 'upgrade' as const, from: '1-1', to: '2-1', wayBack: true };
    const builds = [
      { name: 'kernel', arch: 'x86_64', beside: true },
      { name: 'lib', arch: 'i686' },
      { name: 'lib', arch: 'x86_64' },
    ];
    const plan = { packages: builds as never, nodes: { n1: [kernel, lib] } };
    expect(impossibleVersions({ kernel: '5-1', lib: '2-1' }, plan)).toEqual([]);
    expect(impossibleVersions({ lib: '1-1' }, plan)).toHaveLength(1);
  });
});
