import { z } from 'zod';
import type { AnswerConflict } from './AskShape.ts';

/** Something with a name: a node, a file, a component. */
export const shortText = z.string().trim().min(1).max(200);

/** A system or clique as the inventory names it. */
export const groupName = z.union([z.number(), z.string()]);

/** The conflict of a list that names one thing twice. */
export function namedTwice(at: string, list: readonly string[] | undefined): AnswerConflict[] {
  const seen = new Set<string>();
  const twice = list?.find((one) => seen.size === seen.add(one).size);
  return twice === undefined ? [] : [{ at, message: `${twice} is named twice` }];
}

/** Names in a message: the first eight, and how many more there are. */
export function someOf(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;
}
