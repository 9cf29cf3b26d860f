import { describe, expect, it } from 'vitest';
import type { StepId } from '../core/model/operation.ts';
import { answerOf, EMPTY_PLAN } from './planAnswers.ts';
import type { PlanFile } from './planFile.ts';
import { asking } from './testing/jobViews.ts';

const plan = (more: Partial<PlanFile>): PlanFile => ({ ...EMPTY_PLAN, ...more });
const answer = (at: StepId, more: Partial<PlanFile> = {}) => answerOf(plan(more), asking(at, { nodes: {} }));

describe('answers of a plan', () => {
  it('takes the proposal of every screen where the plan says nothing', () => {
    expect(answer('configuration-mode')).toEqual({ stepId: 'configuration-mode', mode: 'typical' });
    expect(answer('select-nodes')).toEqual({ stepId: 'select-nodes', nodeIds: ['tpa-1', 'tpa-2', 'aws-1'] });
    expect(answer('group-nodes')).toEqual({ stepId: 'group-nodes', types: {} });
    expect(answer('package-source')).toEqual({ stepId: 'package-source', certList: 'put-17.20.certlist' });
    expect(answer('select-packages')).toEqual({ stepId: 'select-packages', fileNames: ['a-2-1.noarch.rpm'] });
    expect(answer('spool-area')).toEqual({ stepId: 'spool-area', path: '/var' });
    expect(answer('plan')).toEqual({ stepId: 'plan', accept: true });
    expect(answer('switch-versions')).toEqual({ stepId: 'switch-versions', versions: { a: '2-1' } });
  });

  it('takes what the plan says', () => {
    expect(answer('configuration-mode', { mode: 'custom' })).toMatchObject({ mode: 'custom' });
    expect(answer('select-nodes', { nodes: ['tpa-2'] })).toMatchObject({ nodeIds: ['tpa-2'] });
    expect(answer('select-nodes', { nodeTypes: ['TPA'] })).toMatchObject({ nodeIds: ['tpa-1', 'tpa-2'] });
    expect(answer('package-source', { release: '17.10.04' })).toMatchObject({ certList: 'put-17.10.certlist' });
    expect(answer('package-source', { packages: ['b-2-1.noarch.rpm'] })).toEqual({ stepId: 'package-source' });
    expect(answer('select-packages', { packages: ['b-2-1.noarch.rpm'] })).toMatchObject({
      fileNames: ['b-2-1.noarch.rpm'],
    });
    expect(answer('switch-versions', { versions: { a: '1-1' } })).toMatchObject({ versions: { a: '1-1' } });
  });

  it.each<[StepId, Partial<PlanFile>, string, string]>([
    ['select-nodes', { nodes: ['tpa-9'] }, 'node-unknown', 'there is no node tpa-9'],
    ['select-nodes', { nodeTypes: ['SWS'] }, 'node-unknown', 'no node is of type SWS'],
    ['group-nodes', { types: { 'tpa-9': 'TPA' } }, 'node-unknown', 'tpa-9 is not a selected node'],
    ['package-source', { certList: 'x' }, 'package-unknown', 'no cert list x'],
    ['package-source', { release: '1' }, 'package-unknown', 'no cert list of release 1'],
    ['select-packages', { packages: ['z.rpm'] }, 'package-unknown', 'no z.rpm'],
    ['spool-area', { spoolArea: '/tmp' }, 'input-invalid', '/tmp is not a file system of every node'],
    ['switch-versions', { versions: { z: '1' } }, 'input-invalid', 'no component z'],
    ['switch-versions', { versions: { a: '9' } }, 'input-invalid', 'a has no 9'],
  ])('tells at %s what the system does not have', (at, more, code, words) => {
    expect(() => answer(at, more)).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }),
    );
  });
});
