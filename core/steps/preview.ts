import { z } from 'zod';
import type { AskShape } from './AskShape.ts';

interface Screen {
  /** What was chosen and what follows from it, in the order of the operation. */
  readonly parts: readonly { readonly title: string; readonly lines: readonly string[] }[];
}
interface Answer {
  readonly accept: true;
}

/** What will be done, before anything is done: of operations whose steps say in words what they do. */
export const preview: AskShape<Screen, Answer> = {
  screen: z.object({ parts: z.array(z.object({ title: z.string(), lines: z.array(z.string()) })) }),
  answer: z.strictObject({ accept: z.literal(true).describe('I have read what will be done') }),
  // Reading it is asked for anew each time.
  propose: () => undefined,
  whyOff: (_screen, draft) => (draft ? undefined : 'tick that you read what will be done'),
  accepting: () => ({ accept: true }),
  names: { schemas: {}, answer: () => ({ accept: true }) },
};
