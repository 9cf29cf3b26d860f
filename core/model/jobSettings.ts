import { PutError } from '../protocol/errors.ts';
import { MOST_DURATION_MS, parseDurationMs } from './duration.ts';
import { isInstantFault, parseInstant } from './instant.ts';
import { parseWaveSplit, splitText, type WaveSplit } from './waves.ts';
import type { OperationSpec } from './operationSpec.ts';
import { parseFailureLimit, type FailureLimit, type SettingSpec } from './settingSpec.ts';

/** Failed and unreachable nodes at which no further node is begun: of the whole job, and of each wave. */
export interface StopAt {
  readonly job?: FailureLimit | undefined;
  readonly wave?: FailureLimit | undefined;
}

type SettingSpecs = OperationSpec['settings'];

/**
 * The settings of a job that begins: what was given, else what this master has for all jobs, else the operation's default. Given values are as people
 * write them (`'10 %'`, `'2 h'`). @throws PutError input-invalid naming the setting
 */
export function jobSettings(
  specs: SettingSpecs,
  given: Readonly<Record<string, unknown>> = {},
  ofMaster: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(specs, name));
  if (stranger !== undefined) {
    const names = Object.keys(specs).join(', ') || 'none';
    throw settingFault(stranger, `there is no such setting; there are ${names}`);
  }
  return Object.fromEntries(
    Object.entries(specs).flatMap(([name, spec]) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value !== undefined && value !== null && spec.byMaster === true) {
        throw settingFault(name, 'the master says it for all jobs, in its Config file');
      }
      if (value !== undefined && value !== null) return [[name, settingValue(name, spec, value)] as const];
      const otherwise = Object.hasOwn(ofMaster, name) ? ofMaster[name] : spec.default;
      return otherwise === undefined ? [] : [[name, otherwise] as const];
    }),
  );
}

function settingFault(name: string, message: string): PutError {
  return new PutError('input-invalid', `settings.${name}: ${message}`, { place: `settings.${name}` });
}

function settingValue(name: string, spec: SettingSpec, value: unknown): unknown {
  switch (spec.type) {
    case 'integer': {
      const number = typeof value === 'string' && /^-?\d{1,9}$/.test(value.trim()) ? Number(value) : value;
      if (typeof number === 'number' && Number.isInteger(number) && number >= spec.least && number <= spec.most)
        return number;
      throw settingFault(name, `a whole number from ${spec.least} to ${spec.most} is needed`);
    }
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw settingFault(name, 'true or false is needed');
    case 'choice':
      if (typeof value === 'string' && spec.of.includes(value)) return value;
      throw settingFault(name, `one of ${spec.of.join(', ')} is needed`);
    case 'duration': {
      const ms = typeof value === 'number' ? value : typeof value === 'string' ? parseDurationMs(value) : undefined;
      if (ms !== undefined && ms > 0 && ms <= MOST_DURATION_MS) return ms;
      throw settingFault(name, 'a time above 0 is needed, such as 90 s, 10 min or 2 h');
    }
    case 'instant': {
      const instant = parseInstant(typeof value === 'string' ? value : '');
      if (!isInstantFault(instant)) return instant;
      throw settingFault(name, instant.message);
    }
    case 'failures': {
      const stopAt = stopAtOf(value);
      if (stopAt) return stopAt;
      throw settingFault(name, 'a number of nodes or a share is needed, such as 3, 10 % or job 10 %, wave 2');
    }
    case 'waves': {
      const split = parseWaveSplit(value);
      if (split) return split;
      throw settingFault(
        name,
        'groups are needed, such as system, type, clique, 10 or 25 %, or canary, by and stopBefore (from wave 2 on)',
      );
    }
    case 'text':
      if (typeof value === 'string' && value.length <= 4000) return value;
      throw settingFault(name, 'a text of at most 4000 signs is needed');
    default:
      return spec satisfies never;
  }
}

/** `10 %` and `3` are for the job; `job 10 %, wave 2` and { job, wave } for both. Undefined: not understood. */
function stopAtOf(value: unknown): StopAt | undefined {
  const parts = typeof value === 'string' ? partsOf(value) : typeof value === 'number' ? { job: value } : value;
  if (typeof parts !== 'object' || parts === null) return undefined;
  const made: { job?: FailureLimit; wave?: FailureLimit } = {};
  for (const [name, part] of Object.entries(parts)) {
    const limit = parseFailureLimit(part);
    if ((name !== 'job' && name !== 'wave') || !limit) return undefined;
    made[name] = limit;
  }
  return Object.keys(made).length === 0 ? undefined : made;
}

function partsOf(text: string): Record<string, unknown> | undefined {
  const parts: Record<string, unknown> = {};
  for (const part of text.split(',')) {
    const found = /^(?:(job|wave)\s+)?([\d.]+)\s*(%?)$/.exec(part.trim());
    const name = found?.[1] ?? 'job';
    if (!found || Object.hasOwn(parts, name)) return undefined;
    parts[name] = found[3] === '' ? Number(found[2]) : `${found[2]} %`;
  }
  return parts;
}

const limitText = ({ nodes, percent }: FailureLimit): string =>
  nodes === undefined ? `${percent ?? 100} %` : `${nodes}`;

/** A setting's value as it is written: `8`, `job 10 %, wave 2`. */
export function settingText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('by' in value) return splitText(value as WaveSplit);
  const { job, wave } = value as StopAt;
  const parts = [job && `job ${limitText(job)}`, wave && `wave ${limitText(wave)}`].filter(
    (part) => part !== undefined,
  );
  return parts.length > 0 ? parts.join(', ') : JSON.stringify(value);
}
