import { PLAN_WARNINGS } from '../core/model/planWarnings.ts';
import { PutError } from '../core/protocol/errors.ts';
import { parsedBy } from './launch.ts';
import { splitList } from './target.ts';

export const WARNING_HELP = `warnings of the plan that are accepted, by name: ${Object.keys(PLAN_WARNINGS).join(', ')}`;

/** Names of warnings of a plan, from the command line. */
export const warningNames = parsedBy((text: string): string[] =>
  splitList(text).map((name) => {
    if (Object.hasOwn(PLAN_WARNINGS, name)) return name;
    throw new PutError('usage', `${name} is no warning of a plan; there are ${Object.keys(PLAN_WARNINGS).join(', ')}`);
  }),
);
