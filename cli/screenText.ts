import { stringify } from 'yaml';
import type { StepScreen } from '../core/model/job.ts';
import { printable, printableForeignLines } from '../core/model/strangerText.ts';
import { knownScreen } from '../core/steps/knownScreen.ts';
import type { AskKindName, ScreenOf } from '../core/steps/registry.ts';
import { planText } from './planText.ts';
import type { Terminal } from './Terminal.ts';

type Writer<K extends AskKindName> = (content: ScreenOf<K>, terminal: Terminal) => string;

/** Kinds whose screens have a form of their own here; the others are written as what they hold. */
const WRITERS: { readonly [K in AskKindName]?: Writer<K> } = {
  plan: ({ plan }, terminal) => planText(plan, terminal),
  preview: ({ parts }) =>
    parts
      .map(({ title, lines }) => [title, ...lines.map((line) => `  ${line}`)].map(printable).join('\n'))
      .join('\n\n'),
};

/** What a step shows, as text. */
export function screenText(screen: StepScreen, terminal: Terminal): string {
  const known = knownScreen(screen);
  if (!known) return 'It shows what this putctl does not know; a newer one does.';
  const writer = WRITERS[screen.kind as AskKindName] as ((content: unknown, terminal: Terminal) => string) | undefined;
  return writer
    ? writer(known.content, terminal)
    : printableForeignLines(stringify(known.content, { lineWidth: 100 }).trimEnd());
}
