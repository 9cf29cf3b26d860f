import { INSTALL_UPGRADE_SOFTWARE } from '../../../core/model/operations/installUpgradeSoftware.ts';
import { operationSpecSchema, type OperationSpec, type StepSpec } from '../../../core/model/operationSpec.ts';
import { chance, from, type Random } from '../../sequencer/testing/randomSpec.ts';

/** Install/Upgrade Software with other rules: what is left out, what is begun at once, how it goes back. */
export function randomOperation(random: Random): OperationSpec {
  const left = new Set(['shutdown', 'start', 'validation'].filter(() => chance(random, 0.1)));
  const quicker = (one: StepSpec): StepSpec => ({
    ...one,
    policy: {
      ...one.policy,
      ...(chance(random, 0.2) ? { nodesAtOnce: from(random, 1, 3) } : {}),
      ...(chance(random, 0.1) ? { silenceMs: from(random, 5, 120) * 1000 } : {}),
    },
  });
  const step = (one: StepSpec): StepSpec => {
    const { policy, ...rest } = quicker(one);
    const { ignoredGoOn } = policy;
    const kept = left.has('start') && ignoredGoOn !== 'all' ? undefined : ignoredGoOn;
    return { ...rest, policy: { ...policy, ignoredGoOn: chance(random, 0.2) ? 'all' : kept } };
  };
  return operationSpecSchema.parse({
    ...INSTALL_UPGRADE_SOFTWARE,
    id: 'simulated',
    phases: INSTALL_UPGRADE_SOFTWARE.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.filter(({ id }) => !left.has(id)).map(step),
    })),
    exit: left.has('start') ? undefined : INSTALL_UPGRADE_SOFTWARE.exit,
    rollback: chance(random, 0.7) ? INSTALL_UPGRADE_SOFTWARE.rollback.map(quicker) : [],
  });
}
