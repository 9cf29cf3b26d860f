import { describe, expect, it } from 'vitest';
import { INSTALL_UPGRADE_SOFTWARE } from './operations/installUpgradeSoftware.ts';
import { operationSpecSchema, stepsOf, type WrittenOperation } from './operationSpec.ts';

type WrittenStep = WrittenOperation['phases'][number]['steps'][number];

const ask = (id: string, more: Partial<WrittenStep> = {}): WrittenStep => ({
  ...{ id, title: id, help: `${id}.`, use: 'ask' },
  ...more,
});

function written(steps: WrittenStep[], more: Partial<WrittenOperation> = {}): WrittenOperation {
  return {
    ...{ id: 'op', version: 1, title: 'Op', purpose: 'To be read.' },
    phases: [{ id: 'one', title: 'One', steps }],
    ...more,
  };
}

function faultsOf(operation: WrittenOperation): string[] {
  const read = operationSpecSchema.safeParse(operation);
  return read.success ? [] : read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('an operation as data', () => {
  it('has times in milliseconds and defaults filled in', () => {
    const spec = operationSpecSchema.parse(
      written([ask('a', { policy: { deadlineMs: '1.5 h', silenceMs: '90 s' } })], {
        settings: { stopAt: { type: 'failures', default: { job: '10 %', wave: 2 }, help: 'stops' } },
      }),
    );
    expect(stepsOf(spec)[0]).toMatchObject({
      with: {},
      policy: { deadlineMs: 5_400_000, silenceMs: 90_000, readOnly: false, irreversible: false, touchesService: false },
    });
    expect(spec.settings.stopAt).toMatchObject({ default: { job: { percent: 10 }, wave: { nodes: 2 } } });
    expect(spec).toMatchObject({ rollback: [], phases: [{ perWave: false }] });
  });

  it.for<[string, WrittenOperation, string]>([
    [
      'two steps of one id',
      written([ask('a'), ask('a')]),
      'phases.0.steps.1.id: step a stands there twice; give this one another id',
    ],
    [
      'a condition on an unknown setting',
      written([ask('a', { when: 'settings.waves' })], {
        settings: { fast: { type: 'boolean', default: true, help: 'f' } },
      }),
      'phases.0.steps.0.when: there is no setting waves; there are fast',
    ],
    [
      'a condition on a step that is not there',
      written([ask('a', { when: 'answers.b' })]),
      'phases.0.steps.0.when: there is no step b whose answer could be asked for',
    ],
    [
      'a condition on an answer that comes later',
      written([ask('a', { when: 'answers.b' }), ask('b')]),
      'phases.0.steps.0.when: the answer of b is asked for before it is given: b must come before a',
    ],
    [
      'conditions in a circle',
      written([ask('a', { when: 'answers.b' }), ask('b', { when: 'answers.a' })]),
      'phases.0.steps.0.when: the conditions go round in a circle: a, then b, then a',
    ],
    [
      'a condition that cannot be read',
      written([ask('a', { when: 'settings.a = 3' })]),
      'phases.0.steps.0.when: "= 3" is not understood (at character 12 of the condition)',
    ],
    [
      'a deadline of 0',
      written([ask('a', { policy: { deadlineMs: '0 s' } })]),
      'phases.0.steps.0.policy.deadlineMs: a time above 0 is needed; leave it out where there is no limit',
    ],
    [
      'a deadline that is no time',
      written([ask('a', { policy: { deadlineMs: 'soon' } })]),
      'phases.0.steps.0.policy.deadlineMs: a time is needed, such as 90 s, 10 min or 2 h',
    ],
    ['an exit step that is not there', written([ask('a')], { exit: 'start' }), 'exit: there is no step start'],
    [
      'a setting without a default',
      written([ask('a')], { settings: { n: { type: 'integer', least: 1, most: 3, help: 'n' } } }),
      'settings.n.default: give a default, or say optional: true',
    ],
    [
      'a default outside its range',
      written([ask('a')], { settings: { n: { type: 'integer', least: 1, most: 3, default: 9, help: 'n' } } }),
      'settings.n.default: 9 is not from 1 to 3',
    ],
  ])('is refused with %s', ([, operation, fault]) => {
    expect(faultsOf(operation)).toContain(fault);
  });

  it('is how Install/Upgrade Software is built in', () => {
    expect(stepsOf(INSTALL_UPGRADE_SOFTWARE).map((step) => step.id)).toEqual([
      ...['configuration-mode', 'select-nodes', 'find-systems', 'group-nodes', 'package-source', 'select-packages'],
      ...[
        'spool-area',
        'waves',
        'plan',
        'spooling',
        'keep-former',
        'test',
        'shutdown',
        'arm',
        'package-install',
        'switch-versions',
        'reboot',
        'start',
        'validation',
      ],
      ...['health-gate', 'confirm', 'finished'],
    ]);
  });
});
