import { useState } from 'react';
import type { AnswerOutline } from '../../core/model/jobParts.ts';
import { parseWavesBy, splitText, waveText, type WaveSplit, type WavesBy } from '../../core/model/waves.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';
import { News } from '../components/News.tsx';

const words = t.operation.screens.waves;

const GROUPS = ['all', 'system', 'type', 'clique', 'nodes', 'percent'] as const;
type Groups = (typeof GROUPS)[number];

function groupsOf(by: WavesBy): Groups {
  return typeof by === 'string' ? by : 'nodes' in by ? 'nodes' : 'percent';
}

/** Numbers or names, separated by blanks or commas. */
const partsOf = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '');

function canaryOf(text: string): WaveSplit['canary'] {
  const parts = partsOf(text);
  if (parts.length === 0) return undefined;
  return parts.length === 1 && /^\d{1,6}$/.test(parts[0] ?? '') ? Number(parts[0]) : parts;
}

/** Groups, a canary, stops between; what they come to is said by the master. */
function WavesScreen({ screen, draft = screen.proposal, locked, check, onChange }: ScreenProps<'waves'>) {
  const { canary, by, stopBefore } = draft;
  const [canaryText, setCanaryText] = useState(
    canary === undefined ? '' : typeof canary === 'number' ? String(canary) : canary.join(', '),
  );
  const [size, setSize] = useState(typeof by === 'object' ? String('nodes' in by ? by.nodes : by.percent) : '10');
  const [stopText, setStopText] = useState(stopBefore.join(', '));
  const groups = groupsOf(by);
  const proposed = [
    ...screen.waves.map((wave, at) => waveText(wave, at + 1, screen.proposal.stopBefore)),
    ...screen.stops,
  ];
  // What the proposal comes to says nothing of another division, not of one that cannot be either.
  const comesTo = check?.notes ?? (splitText(draft) === splitText(screen.proposal) ? proposed : []);
  const choose = (group: Groups, amount: string): void => {
    // A number that is not written to its end keeps the kind of groups that was chosen.
    const sized =
      group === 'percent' ? (parseWavesBy(`${amount} %`) ?? { percent: 1 }) : (parseWavesBy(amount) ?? { nodes: 1 });
    onChange({ ...draft, by: group === 'nodes' || group === 'percent' ? sized : group });
  };
  return (
    <div className="panel">
      <fieldset disabled={locked}>
        <legend>{words.groups}</legend>
        {GROUPS.map((group) => (
          <label key={group} className="option">
            <input type="radio" name="waves-by" checked={groups === group} onChange={() => choose(group, size)} />
            <span>{words.by[group]}</span>
          </label>
        ))}
        {typeof by === 'object' && (
          <label className="field">
            <span>{words.size[groups === 'percent' ? 'percent' : 'nodes']}</span>
            <input
              type="number"
              min={1}
              value={size}
              onChange={(event) => {
                setSize(event.target.value);
                choose(groups, event.target.value);
              }}
            />
          </label>
        )}
        <label className="field">
          <span>{words.canary}</span>
          <input
            value={canaryText}
            onChange={(event) => {
              setCanaryText(event.target.value);
              const { canary: _before, ...rest } = draft;
              const first = canaryOf(event.target.value);
              onChange(first === undefined ? rest : { ...rest, canary: first });
            }}
          />
          <small>{words.canaryHint}</small>
        </label>
        <label className="field">
          <span>{words.stopBefore}</span>
          <input
            value={stopText}
            onChange={(event) => {
              setStopText(event.target.value);
              onChange({ ...draft, stopBefore: partsOf(event.target.value).map(Number) });
            }}
          />
          <small>{words.stopBeforeHint}</small>
        </label>
      </fieldset>
      <h2>{words.preview}</h2>
      <News as="ul" className="plain">
        {comesTo.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </News>
      {check?.problems.map(({ message }) => (
        <p key={message} className="why">
          {message}
        </p>
      ))}
    </div>
  );
}

/** `system`, `16` or `10 %`. */
function noteOf(by: AnswerOutline[string] | undefined): string {
  if (typeof by !== 'object') return typeof by === 'string' ? by : '';
  return by['percent'] === undefined ? String(by['nodes'] ?? '') : `${String(by['percent'])} %`;
}

/** Waves: which nodes are changed one after the other. */
export const waves: AskWindow<'waves'> = {
  Screen: WavesScreen,
  lines: (answer) => [splitText(answer)],
  note: ({ by }) => noteOf(by),
  checks: true,
};
