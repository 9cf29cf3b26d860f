import { useState } from 'react';
import type { StepView } from '../../../core/model/job.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Segmented } from '../../components/Segmented.tsx';
import { selectJob, stepShown } from '../../stores/selectors.ts';
import type { Place } from '../../stores/viewSlice.ts';
import { helpTexts } from '../../texts/enHelp.ts';
import { t } from '../../texts/en.ts';
import { ShortcutList } from '../palette/ShortcutList.tsx';

type Tab = 'topic' | 'keys' | 'words';

/** Help beside the view, offline: the view or step that is shown, keys, and words. */
export function HelpPanel({ place }: { place: Place }) {
  const { setHelp } = useActions();
  const [tab, setTab] = useState<Tab>('topic');
  const shownStep = useApp((state) => state.shownStep);
  const job = useApp((state) => (place.kind === 'job' ? selectJob(place.systemId, place.jobId)(state) : undefined));
  const step = job && stepShown(job, shownStep);
  return (
    <aside className="help" aria-label={helpTexts.title}>
      <div className="panel-head">
        <h2>{helpTexts.title}</h2>
        <button type="button" className="btn small" aria-label={helpTexts.close} onClick={() => setHelp(false)}>
          {t.common.close}
        </button>
      </div>
      <Segmented
        label={helpTexts.topicsLabel}
        options={(['topic', 'keys', 'words'] as const).map((value) => ({ value, text: helpTexts.tabs[value] }))}
        value={tab}
        onChange={setTab}
      />
      {tab === 'topic' && (step ? <StepTopic step={step} /> : <PlaceTopic place={place} />)}
      {tab === 'keys' && <ShortcutList />}
      {tab === 'words' && (
        <dl className="words">
          {helpTexts.words.map(([term, meaning]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      )}
    </aside>
  );
}

function StepTopic({ step }: { step: Pick<StepView, 'stepId' | 'title' | 'help'> }) {
  return (
    <>
      <h3>{step.title}</h3>
      <p>
        <b>{step.help}</b>
      </p>
      {(helpTexts.steps[step.stepId] ?? helpTexts.otherStep).map((text) => (
        <p key={text}>{text}</p>
      ))}
    </>
  );
}

/** The topic of what is shown where there is no step. */
function topicOf(place: Place): keyof typeof helpTexts.places {
  switch (place.kind) {
    case 'system':
      return place.tab;
    case 'job':
      return 'operations';
    default:
      return place.kind;
  }
}

function PlaceTopic({ place }: { place: Place }) {
  const signsIn = useApp((state) => state.signInPage !== undefined);
  const topic = signsIn ? 'sign-in' : topicOf(place);
  return (
    <>
      {helpTexts.places[topic].map((text) => (
        <p key={text}>{text}</p>
      ))}
    </>
  );
}
