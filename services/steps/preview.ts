import { z } from 'zod';
import { settingText } from '../../core/model/jobSettings.ts';
import { briefNames } from '../../core/model/nodeNames.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import { askShapeOf, type AnswerOf, type ScreenOf } from '../../core/steps/registry.ts';
import { nodeTypeName } from '../../core/model/nodeTypeWords.ts';
import { takingPart } from './JobSoFar.ts';
import type { AskKind, StepContext } from './StepKind.ts';

/** What will be done, before anything is done: nodes, answers in words, settings, and the steps that follow. */
export const preview: AskKind<object, ScreenOf<'preview'>, AnswerOf<'preview'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: (context) => ({ screen: { parts: partsOf(context) } }),
  judge: (_context, _screen, answer) => ({ answer }),
  mayAnswerByItself: ({ job }) => job.given?.acceptPlan === true,
};

function partsOf(context: StepContext): ScreenOf<'preview'>['parts'] {
  const { job, step } = context;
  const nodes = takingPart(job);
  const byType = [...Map.groupBy(nodes, ({ type }) => type)];
  const steps = stepsOf(job.spec);
  const at = steps.findIndex(({ id }) => id === step.id);
  const answered = steps.slice(0, at).flatMap((one) => {
    const answer = job.answers[one.id];
    const lines = (answer === undefined ? undefined : askShapeOf(one.use)?.told?.(answer)) ?? [];
    return lines.length === 0 ? [] : [{ title: one.title, lines }];
  });
  const follows = steps
    .slice(at + 1)
    .filter(({ use }) => worksOnNodes(use))
    .map(({ title, help, policy }) => `${title}: ${help}${policy.readOnly ? ' It changes nothing on a node.' : ''}`);
  const settings = Object.entries(job.settings).map(
    ([name, value]) => `${(job.spec.settings[name]?.help ?? name).replace(/\.$/, '')}: ${settingText(value)}`,
  );
  return [
    {
      title: `Nodes: ${nodes.length}`,
      lines: byType.map(
        ([type, of]) => `${of.length} ${nodeTypeName(type)}: ${briefNames(of.map(({ nodeId }) => nodeId))}`,
      ),
    },
    ...answered,
    ...(settings.length === 0 ? [] : [{ title: 'Settings', lines: settings }]),
    { title: 'What will be done', lines: follows },
  ];
}
