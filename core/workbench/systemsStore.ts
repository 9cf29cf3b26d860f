import { z } from 'zod';
import { PutError, reportOf } from '../protocol/errors.ts';
import { faultOf, faultText, placeText } from '../protocol/schemaWords.ts';
import { pathKind } from '../protocol/handshake.ts';
import type { SavedSystem, UnusableSystem } from './state.ts';
import { uploadCapSchema } from './uploadCapSchema.ts';
import { waySettingsShape } from './waySettings.ts';

/** Where the list of systems is kept: one small text file, replaced whole and atomically. */
export interface TextFile {
  /** Undefined when there is none yet. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
  /** Reads, changes and writes as one step, also against other processes. An answer of undefined writes nothing. */
  update(change: (text: string | undefined) => string | undefined): Promise<void>;
  /** Keeps it beside itself under another name where it is no text, or `isDamaged` says so; answers under which, undefined where it stays. */
  setAside(isDamaged: (text: string) => boolean): Promise<string | undefined>;
  /** For messages. */
  readonly path: string;
}

const port = z.number().int().min(1).max(65_535);

const savedSystemSchema = z.object({
  systemId: z.string().min(1).max(64),
  name: z.string().min(1).max(80),
  host: z.string().min(1).max(253),
  ccPort: port,
  sslPort: port,
  servicePort: port,
  chatPort: port,
  pathOrder: z.array(pathKind).min(1).max(5),
  lastPath: pathKind.optional(),
  fingerprint: z.string().max(200).optional(),
  user: z.string().max(64).optional(),
  ...waySettingsShape,
  uploadCapBytesPerSecond: uploadCapSchema.optional(),
  practice: z.boolean(),
  lastUsedAtMs: z.number().optional(),
});
const OWN_KEYS: ReadonlySet<string> = new Set(Object.keys(savedSystemSchema.shape));

const fileSchema = z.looseObject({
  version: z.literal(1),
  systems: z.array(z.unknown()).max(1000),
  /** Id of the system that is meant where none is named. */
  defaultSystem: z.string().max(64).optional().catch(undefined),
});
type FileValue = z.output<typeof fileSchema>;

/** What stands in the file, element by element: one that cannot be used takes nothing from the others. */
export interface SystemsList {
  readonly systems: readonly SavedSystem[];
  readonly unusable: readonly UnusableSystem[];
  /** Id of the system that is meant where none is named; it may have gone meanwhile. */
  readonly defaultSystem?: string | undefined;
}

interface Entry {
  readonly raw: unknown;
  readonly system?: SavedSystem;
  readonly unusable?: UnusableSystem;
}

function textAt(raw: unknown, key: string): string | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const value = (raw as Record<string, unknown>)[key];
  return typeof value === 'string' && value !== '' ? value.slice(0, 80) : undefined;
}

function entryOf(raw: unknown, index: number): Entry {
  const result = savedSystemSchema.safeParse(raw);
  if (result.success) return { raw, system: result.data };
  const { path, message } = faultOf(result.error);
  const place = placeText(['systems', index, ...path]);
  const key = textAt(raw, 'systemId') ?? textAt(raw, 'name') ?? `entry-${index + 1}`;
  const name = textAt(raw, 'name') ?? key;
  return { raw, unusable: { key, name, reason: `${place}: ${message}` } };
}

function parseFile(text: string | undefined, path: string): { value: FileValue; entries: Entry[] } {
  if (text === undefined) return { value: { version: 1, systems: [] }, entries: [] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = reportOf(error).message;
    throw new PutError('config-unreadable', `${path}: ${reason}`, { path }, { cause: error });
  }
  const result = fileSchema.safeParse(json);
  if (!result.success) {
    throw new PutError('config-unreadable', `${path}: ${faultText(result.error)}`, { path });
  }
  return { value: result.data, entries: result.data.systems.map(entryOf) };
}

const listOf = (entries: readonly Entry[], { defaultSystem }: Pick<FileValue, 'defaultSystem'>): SystemsList => ({
  ...(defaultSystem === undefined ? {} : { defaultSystem }),
  systems: entries.flatMap(({ system }) => (system ? [system] : [])),
  unusable: entries.flatMap(({ unusable }) => (unusable ? [unusable] : [])),
});

/** What a system looks like in the file: what another version wrote beside our settings stays. */
function rawOf(system: SavedSystem, before: Entry | undefined): unknown {
  if (before?.system === system) return before.raw;
  const others = Object.entries(before?.raw ?? {}).filter(([key]) => !OWN_KEYS.has(key));
  return { ...system, ...Object.fromEntries(others) };
}

/** Reads the list; throws `config-unreadable` naming file and place when it is not one. Nothing is overwritten then. */
export async function loadSystemsList(file: TextFile): Promise<SystemsList> {
  const { value, entries } = parseFile(await file.read(), file.path);
  return listOf(entries, value);
}

/** The systems of the list that can be used; throws as `loadSystemsList` does. */
export async function loadSystems(file: TextFile): Promise<readonly SavedSystem[]> {
  return (await loadSystemsList(file)).systems;
}

/**
 * Changes the list as one step: what `change` is given is what stands in the file at that moment, also beside another
 * process. Entries that cannot be used stay as they are, those that it leaves out of `unusable` go; a list of systems alone leaves the
 * default one as it is. Rejects with
 * `config-unreadable`, `file-locked`, or what `change` throws; nothing is written then.
 */
export async function changeSystems(
  file: TextFile,
  change: (list: SystemsList) => readonly SavedSystem[] | SystemsList,
): Promise<void> {
  await file.update((text) => {
    const { value, entries } = parseFile(text, file.path);
    const before = listOf(entries, value);
    const answer = change(before);
    const after: SystemsList = 'systems' in answer ? answer : { ...before, systems: answer };
    const { defaultSystem } = after;
    const entryOfId = new Map(
      entries.flatMap((entry) => (entry.system ? [[entry.system.systemId, entry] as const] : [])),
    );
    const systems = [
      ...after.systems.map((system) => rawOf(system, entryOfId.get(system.systemId))),
      ...entries.flatMap(({ unusable, raw }) => (unusable && after.unusable.includes(unusable) ? [raw] : [])),
    ];
    const written = `${JSON.stringify({ ...value, systems, defaultSystem }, undefined, 2)}\n`;
    return written === text ? undefined : written;
  });
}

/** The system of that name or id; throws `system-unknown` naming what is saved, or why it cannot be used. */
export function findSystem({ systems, unusable }: SystemsList, name: string): SavedSystem {
  const found = findUsable(systems, name);
  if (found) return found;
  const broken = findUnusable(unusable, name);
  if (broken) {
    throw new PutError('system-unusable', `${broken.name} is saved, but cannot be used: ${broken.reason}`, { name });
  }
  const names = systems.map((system) => system.name).join(', ');
  throw new PutError('system-unknown', `no system is saved as ${name}${names === '' ? '' : `; saved are ${names}`}`, {
    name,
  });
}

/** The system of that id or name. */
export function findUsable(systems: readonly SavedSystem[], name: string): SavedSystem | undefined {
  return systems.find(({ systemId }) => systemId === name) ?? systems.find((system) => system.name === name);
}

/** The entry of that key or name among those that cannot be used. */
export function findUnusable(unusable: readonly UnusableSystem[], name: string): UnusableSystem | undefined {
  return unusable.find(({ key }) => key === name) ?? unusable.find((entry) => entry.name === name);
}
