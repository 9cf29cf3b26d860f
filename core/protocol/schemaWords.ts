import { z } from 'zod';

/*
 * What a schema refuses, in words for people: what would be right, never the library's own text. It holds for every schema of the programs,
 * whose own words come first.
 */

const WANTED: Readonly<Record<string, string>> = {
  string: 'a text is needed',
  number: 'a number is needed',
  int: 'a whole number is needed',
  boolean: 'true or false is needed',
  array: 'a list is needed',
  object: 'names with values are needed',
  record: 'names with values are needed',
  map: 'names with values are needed',
  null: 'nothing is needed',
  undefined: 'nothing is needed',
  never: 'nothing is needed',
};

const FORMS: Readonly<Record<string, string>> = {
  datetime: 'a time is needed, such as 2026-11-27T01:00:00Z',
  url: 'an address with its scheme is needed, such as https://host.example',
  ipv4: 'an IPv4 address is needed, such as 192.0.2.7',
  ipv6: 'an IPv6 address is needed, such as 2001:db8::7',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' of them', set: ' of them' };

/** What would be right, for the issues whose schema says nothing of its own. */
export function issueInWords(issue: z.core.$ZodRawIssue): string {
  const missing = issue.input === undefined ? 'is missing; ' : '';
  switch (issue.code) {
    case 'invalid_type':
      // A release `17.20` that is written bare is a number, 17.2, in YAML and in JSON.
      if (issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input))
        return 'a text is needed: write it in quotes';
      return `${missing}${WANTED[issue.expected] ?? `a ${issue.expected} is needed`}`;
    case 'invalid_value':
      return `${missing}${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')} is needed`;
    case 'invalid_union': {
      const options = (issue as { options?: unknown }).options;
      if (Array.isArray(options)) return `${missing}one of ${options.map(String).join(', ')} is needed`;
      return missing === '' ? 'is not written in any form that is known here' : 'is missing';
    }
    case 'unrecognized_keys': {
      const { shape } = (issue.inst?._zod.def ?? {}) as { shape?: object };
      return `is not known here; there are ${Object.keys(shape ?? {}).join(', ')}`;
    }
    case 'too_small': {
      if (issue.origin === 'string' && Number(issue.minimum) <= 1) return 'not empty';
      const above = issue.inclusive === false && !UNITS[issue.origin];
      return `${above ? 'above' : 'at least'} ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    }
    case 'too_big': {
      const below = issue.inclusive === false && !UNITS[issue.origin];
      return `${below ? 'below' : 'at most'} ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    }
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor} is needed`;
    case 'invalid_format':
      return FORMS[issue.format] ?? 'is not written as it must be';
    case 'invalid_key':
      return 'a name in it is not written as it must be';
    case 'invalid_element':
      return 'a part of it is not as it must be';
    default:
      return 'is not as it must be';
  }
}

z.config({ customError: issueInWords });

/** A place in a value as people write it: `nodes[1].address`; '' for the whole. */
export function placeText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (before, key) =>
      typeof key === 'number' ? `${before}[${key}]` : `${before === '' ? '' : `${before}.`}${String(key)}`,
    '',
  );
}

/** The first thing that a schema refuses: where in the value, and what would be right. */
export function faultOf(error: z.ZodError): {
  readonly path: readonly PropertyKey[];
  readonly place: string;
  readonly message: string;
} {
  const issue = error.issues[0];
  // A key that is not known is a place of its own.
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  return { path, place: placeText(path), message: issue?.message ?? 'is not as it must be' };
}

/** `nodes[1].address: a text is needed`. */
export function faultText(error: z.ZodError): string {
  const { place, message } = faultOf(error);
  return place === '' ? message : `${place}: ${message}`;
}
