import type { JobView, StepInput, StepScreen, StepView } from '../../../core/model/job.ts';
import { warningsOf } from '../../../core/model/planWarnings.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { draftKey } from '../../stores/workSlice.ts';
import { t } from '../../texts/en.ts';
import { GroupNodesScreen } from './GroupNodesScreen.tsx';
import { initialDraft, whyHandsOff } from './nextRule.ts';
import { PlanScreen } from './PlanScreen.tsx';
import { SelectNodesScreen } from './SelectNodesScreen.tsx';
import { SelectPackagesScreen } from './SelectPackagesScreen.tsx';
import { ModeScreen, PackageSourceScreen, SpoolAreaScreen, SwitchVersionsScreen } from './simpleScreens.tsx';

interface ScreenViewProps {
  readonly system: SystemView;
  readonly job: JobView;
  readonly step: StepView;
  readonly screen: StepScreen;
}

/** What every screen gets: what is chosen so far, how to change it, and whether it may be changed. */
export interface ScreenProps<S extends StepScreen['stepId']> {
  readonly screen: Extract<StepScreen, { stepId: S }>;
  readonly draft: Extract<StepInput, { stepId: S }>;
  readonly locked: boolean;
  readonly onChange: (draft: Extract<StepInput, { stepId: S }>) => void;
}

/** The screen of the current step where it waits for a person. */
export function ScreenView({ system, job, step, screen }: ScreenViewProps) {
  const { setDraft, checkSelection } = useActions();
  const key = draftKey(job.jobId, screen.stepId, step.attempt);
  const stored = useApp((state) => state.drafts[key]);
  const check = useApp((state) => state.checks[key]);
  const draft = stored ?? initialDraft(screen, job.inputs);
  const locked = whyHandsOff(system, job) !== undefined;
  const change = (input: StepInput): void => {
    setDraft(job.jobId, step.attempt, input);
    if (input.stepId === 'select-packages') {
      checkSelection(system.saved.systemId, job.jobId, step.attempt, input.fileNames);
    }
  };

  if (screen.stepId === 'plan') {
    return (
      <PlanScreen
        job={job}
        plan={screen.plan}
        accepted={draft?.stepId === 'plan'}
        locked={locked}
        onAccept={() =>
          // The warnings were read with the plan: accepting it names each of them.
          change({ stepId: 'plan', accept: true, warnings: warningsOf(screen.plan).map(({ name }) => name) })
        }
      />
    );
  }
  if (screen.stepId === 'configuration-mode' && draft?.stepId === screen.stepId) {
    return <ModeScreen screen={screen} draft={draft} locked={locked} onChange={change} />;
  }
  if (screen.stepId === 'select-nodes' && draft?.stepId === screen.stepId) {
    return <SelectNodesScreen screen={screen} draft={draft} locked={locked} onChange={change} />;
  }
  if (screen.stepId === 'group-nodes' && draft?.stepId === screen.stepId) {
    return <GroupNodesScreen screen={screen} draft={draft} locked={locked} onChange={change} />;
  }
  if (screen.stepId === 'package-source' && draft?.stepId === screen.stepId) {
    return <PackageSourceScreen screen={screen} draft={draft} locked={locked} onChange={change} />;
  }
  if (screen.stepId === 'select-packages' && draft?.stepId === screen.stepId) {
    return <SelectPackagesScreen screen={screen} draft={draft} locked={locked} check={check} onChange={change} />;
  }
  if (screen.stepId === 'spool-area' && draft?.stepId === screen.stepId) {
    return <SpoolAreaScreen screen={screen} draft={draft} locked={locked} onChange={change} />;
  }
  if (screen.stepId === 'switch-versions' && draft?.stepId === screen.stepId) {
    return <SwitchVersionsScreen screen={screen} draft={draft} locked={locked} onChange={change} />;
  }
  // A step of newer software is told in words, never an empty screen.
  return <p className="sub">{t.operation.unknownStep(step.title)}</p>;
}
