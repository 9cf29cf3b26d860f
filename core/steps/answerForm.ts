import { z } from 'zod';
import { formatDurationMs, MOST_DURATION_MS, parseDurationMs } from '../model/duration.ts';
import { nameInWords } from '../model/nameInWords.ts';

/*
 * What a form for an answer needs to know, read from the answer's schema: the screen of every kind that has none of its own. Labels are the schema's
 * descriptions; `help` and `control` come from its `.meta()`.
 */

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly help?: string | undefined;
  /** Left out of an answer where nothing is given. */
  readonly optional: boolean;
  /** The schema's default. */
  readonly before?: unknown;
}

/** One part of an answer, as a form asks for it. */
export type FormField = FieldBase &
  (
    | { readonly type: 'boolean' }
    /** One of a few. */
    | { readonly type: 'choice'; readonly of: readonly string[] }
    | {
        readonly type: 'number';
        readonly whole: boolean;
        readonly least?: number | undefined;
        readonly most?: number | undefined;
      }
    /** A time as people write it, milliseconds in the answer. */
    | { readonly type: 'duration' }
    /** A moment with its zone; `timeZone`: of the master node's place, to tell it by that clock as well. */
    | { readonly type: 'instant'; readonly timeZone?: string | undefined }
    | { readonly type: 'text'; readonly lines: boolean; readonly mostCharacters?: number | undefined }
    /** Texts, one a line. */
    | { readonly type: 'list'; readonly most?: number | undefined }
    /** Several of a few. */
    | { readonly type: 'choices'; readonly of: readonly string[] }
    | { readonly type: 'group'; readonly fields: readonly FormField[] }
    /** What no other control can say, as JSON. */
    | { readonly type: 'json' }
  );

/** A time above 0 as an answer has it: as people write it (`10 min`) or in milliseconds; milliseconds once it is read. */
export function durationAnswer(label: string, help?: string): z.ZodType<number, string | number> {
  return z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const ms = typeof value === 'number' ? value : parseDurationMs(value);
      if (ms !== undefined && ms > 0 && ms <= MOST_DURATION_MS) return ms;
      context.addIssue('a time above 0 is needed, such as 90 s, 10 min or 2 h');
      return z.NEVER;
    })
    .meta({ description: label, control: 'duration', ...(help === undefined ? {} : { help }) });
}

interface Json {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly help?: string;
  readonly control?: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly additionalProperties?: unknown;
}

const fields = new WeakMap<z.ZodType, readonly FormField[]>();

/** The fields of an answer, in the order of its schema. */
export function formFields(schema: z.ZodType): readonly FormField[] {
  const known = fields.get(schema);
  if (known) return known;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  const made = fieldsOf(json);
  fields.set(schema, made);
  return made;
}

function fieldsOf({ properties = {}, required = [] }: Json): FormField[] {
  return Object.entries(properties).map(([name, part]) => fieldOf(name, part, !required.includes(name)));
}

/** What stands in a form before anything is filled in: the schema's defaults, ticks that are not set, lists without an entry. */
export function emptyAnswer(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const fill = (parts: readonly FormField[]): Record<string, unknown> =>
    Object.fromEntries(
      parts.flatMap((field): [string, unknown][] => {
        if (field.before !== undefined) return [[field.name, field.before]];
        if (field.optional) return [];
        if (field.type === 'boolean') return [[field.name, false]];
        if (field.type === 'list' || field.type === 'choices') return [[field.name, []]];
        return field.type === 'group' ? [[field.name, fill(field.fields)]] : [];
      }),
    );
  return fill(formFields(schema));
}

const isText = (value: unknown): value is string => typeof value === 'string';

function fieldOf(name: string, part: Json, optional: boolean): FormField {
  const base = { name, label: part.description ?? nameInWords(name), help: part.help, optional, before: part.default };
  if (part.control === 'duration') return { ...base, type: 'duration' };
  if (part.type === 'boolean' || typeof part.const === 'boolean') return { ...base, type: 'boolean' };
  if (part.enum?.every(isText)) return { ...base, type: 'choice', of: part.enum };
  if (isText(part.const)) return { ...base, type: 'choice', of: [part.const] };
  switch (part.type) {
    case 'integer':
    case 'number': {
      const whole = part.type === 'integer';
      // zod bounds whole numbers by what a computer can hold; that is no bound for people.
      const bound = (value: number | undefined): number | undefined =>
        value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
      const above = bound(part.exclusiveMinimum);
      const least = bound(part.minimum) ?? (above !== undefined && whole ? above + 1 : above);
      return { ...base, type: 'number', whole, least, most: bound(part.maximum) };
    }
    case 'string':
      return { ...base, type: 'text', lines: part.control === 'lines', mostCharacters: part.maxLength };
    case 'array':
      if (part.items?.enum?.every(isText)) return { ...base, type: 'choices', of: part.items.enum };
      return part.items?.type === 'string' ? { ...base, type: 'list', most: part.maxItems } : { ...base, type: 'json' };
    case 'object':
      return part.properties && Object.keys(part.properties).length > 0
        ? { ...base, type: 'group', fields: fieldsOf(part) }
        : { ...base, type: 'json' };
    default:
      return { ...base, type: 'json' };
  }
}

/** An answer in words, a line a part. */
export function answerLines(schema: z.ZodType | undefined, answer: unknown): string[] {
  if (typeof answer !== 'object' || answer === null) return answer === undefined ? [] : [valueText(undefined, answer)];
  const known = new Map((schema ? formFields(schema) : []).map((field) => [field.name, field]));
  return Object.entries(answer).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const field = known.get(name);
    return [`${field?.label ?? nameInWords(name)}: ${valueText(field, value)}`];
  });
}

function valueText(field: FormField | undefined, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (field?.type === 'duration' && typeof value === 'number') return formatDurationMs(value);
  if (Array.isArray(value) && value.every(isText)) return value.join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
