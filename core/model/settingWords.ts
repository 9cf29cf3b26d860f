import { formatDurationMs } from './duration.ts';
import { instantMs } from './instant.ts';
import { settingText } from './jobSettings.ts';
import { findOperation } from './operation.ts';
import { settingSpecSchema, type SettingSpec } from './settingSpec.ts';
import { nameInWords } from './nameInWords.ts';

/** A setting of a job as people read it. */
export interface SettingInWords {
  readonly name: string;
  /** `Nodes at once`. */
  readonly title: string;
  /** `64`, `2 h`, `job 10 %, wave 2`. */
  readonly text: string;
}

/** A setting's value in words; `momentText` says a moment by the reader's clock. Without a spec it is told as it stands. */
export function settingValueText(
  spec: Pick<SettingSpec, 'type'> | undefined,
  value: unknown,
  momentText: (atMs: number) => string,
): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (spec?.type === 'duration' && typeof value === 'number') return formatDurationMs(value);
  if (spec?.type === 'instant' && typeof value === 'string') return momentText(instantMs(value));
  return settingText(value);
}

/** The settings that a job of an operation began with, in words. */
export function settingsInWords(
  { operationId, settings = {} }: { readonly operationId: string; readonly settings?: object | undefined },
  momentText: (atMs: number) => string,
): SettingInWords[] {
  const specs = findOperation(operationId)?.settings ?? {};
  return inOrder(operationId, settings).map(([name, value]) => ({
    ...{ name, title: nameInWords(name) },
    text: settingValueText(Object.hasOwn(specs, name) ? specs[name] : undefined, value, momentText),
  }));
}

/** What is told of settings, in the order in which the operation has them: on the wire it is lost. What is not known here comes last. */
function inOrder(operationId: string, told: object): [string, unknown][] {
  const known = Object.keys(findOperation(operationId)?.settings ?? {});
  const placeOf = (name: string): number => (known.includes(name) ? known.indexOf(name) : known.length);
  return Object.entries(told).sort(([a], [b]) => placeOf(a) - placeOf(b));
}

/** The settings that who starts a job may say, of what a master tells of an operation; those of a kind that is not known here are left out. */
export function settingsToSay(operationId: string, told: object): Readonly<Record<string, SettingSpec>> {
  return Object.fromEntries(
    inOrder(operationId, told).flatMap(([name, one]) => {
      const spec = settingSpecSchema.safeParse(one).data;
      return spec && spec.byMaster !== true ? [[name, spec] as const] : [];
    }),
  );
}
