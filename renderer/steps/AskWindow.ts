import type { AnswerOutline } from '../../core/model/jobParts.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import type { OpenJob } from '../stores/openJob.ts';
import type { ComponentType } from 'react';
import type { AnswerOf, AskKindName, ScreenOf } from '../../core/steps/registry.ts';
import type { AnswerCheck } from '../stores/workSlice.ts';

/** What every screen gets: what is chosen so far, how to change it, and whether it may be changed. */
export interface ScreenProps<K extends AskKindName> {
  readonly job: OpenJob;
  readonly screen: ScreenOf<K>;
  /** The last answer or the proposal before anything is changed; undefined where nothing could be proposed. */
  readonly draft: AnswerOf<K> | undefined;
  readonly locked: boolean;
  /** What the master found wrong with the draft; only for kinds that ask it. */
  readonly check: AnswerCheck | undefined;
  /** Undefined: what was chosen is taken back. */
  readonly onChange: (draft: AnswerOf<K> | undefined) => void;
}

/** What the windows have for a kind that asks. */
export interface AskWindow<K extends AskKindName> {
  readonly Screen: ComponentType<ScreenProps<K>>;
  /** What was answered, a line each, for a step that is over. */
  lines?(answer: AnswerOf<K>): readonly string[];
  /** Stands in place of the lines. */
  readonly Answered?: ComponentType<{
    readonly system: SystemView;
    readonly job: OpenJob;
    readonly answer: AnswerOf<K>;
  }>;
  /** The answer in a word, beside the step in the table of contents; of its outline, since the whole of it is not at hand there. */
  note?(outline: AnswerOutline): string;
  /** The master judges each draft, a moment after the last change. */
  readonly checks?: true;
}
