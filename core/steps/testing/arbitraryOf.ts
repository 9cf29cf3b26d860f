import fc from 'fast-check';
import { z } from 'zod';

interface Json {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly items?: Json;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly propertyNames?: Json;
  readonly additionalProperties?: Json | boolean;
}

/** Values that fit a schema, small ones. */
export function arbitraryOf<T>(schema: z.ZodType<T>): fc.Arbitrary<T> {
  return ofJson(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json).filter(
    (value) => schema.safeParse(value).success,
  ) as fc.Arbitrary<T>;
}

function ofJson(json: Json): fc.Arbitrary<unknown> {
  const { type } = json;
  if (typeof type === 'object') return fc.oneof(...type.map((one) => ofJson({ ...json, type: one })));
  if (json.anyOf) return fc.oneof(...json.anyOf.map(ofJson));
  if (json.enum) return fc.constantFrom(...json.enum);
  if (json.const !== undefined) return fc.constant(json.const);
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: json.minimum ?? -10, max: Math.min(json.maximum ?? 100, (json.minimum ?? 0) + 1000) });
    case 'number':
      return fc.double({ min: json.minimum ?? -10, max: json.maximum ?? 100, noNaN: true });
    case 'string':
      if (json.pattern !== undefined) return fc.stringMatching(new RegExp(json.pattern));
      return fc.string({ minLength: json.minLength ?? 0, maxLength: Math.min(json.maxLength ?? 5, 5) });
    case 'array':
      return fc.array(ofJson(json.items ?? {}), {
        minLength: json.minItems ?? 0,
        maxLength: Math.min(json.maxItems ?? 4, 4),
      });
    case 'object': {
      const { properties = {}, required = [], additionalProperties } = json;
      if (Object.keys(properties).length === 0 && typeof additionalProperties === 'object') {
        const keys = ofJson(json.propertyNames ?? { type: 'string' }) as fc.Arbitrary<string>;
        return fc.dictionary(keys, ofJson(additionalProperties), { maxKeys: 4 });
      }
      const parts = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, ofJson(part)]));
      return fc.record(parts, { requiredKeys: required.filter((name) => Object.hasOwn(parts, name)) });
    }
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}
