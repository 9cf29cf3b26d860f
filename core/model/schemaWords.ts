import type { z } from 'zod';

const WANTED: Readonly<Record<string, string>> = {
  string: 'a text is needed',
  number: 'a number is needed',
  int: 'a whole number is needed',
  boolean: 'true or false is needed',
  array: 'a list is needed',
  object: 'names with values are needed',
  record: 'names with values are needed',
};

/** What would be right, for the issues whose schema says nothing of its own; the `error` of a parse. */
export function issueInWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = WANTED[issue.expected] ?? `${issue.expected} is needed`;
      return issue.input === undefined ? `is missing; ${wanted}` : wanted;
    }
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')} is needed`;
    case 'invalid_union': {
      const options = (issue as { options?: unknown }).options;
      return Array.isArray(options) ? `one of ${options.map(String).join(', ')} is needed` : undefined;
    }
    case 'unrecognized_keys': {
      const { shape } = (issue.inst?._zod.def ?? {}) as { shape?: object };
      return `is not known here; there are ${Object.keys(shape ?? {}).join(', ')}`;
    }
    case 'too_small':
      return `${issue.origin === 'string' ? 'not empty' : `at least ${issue.minimum}`}${issue.origin === 'array' ? ' of them' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' of them' : ''}`;
    default:
      return undefined;
  }
}
