import { z } from 'zod';
import { PutError } from '../protocol/errors.ts';
import { pathKind } from '../protocol/handshake.ts';
import type { SavedSystem } from './state.ts';
import { waySettingsShape } from './waySettings.ts';

/** Where the list of systems is kept: one small text file, replaced whole and atomically. */
export interface TextFile {
  /** Undefined when there is none yet. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
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
  practice: z.boolean(),
  lastUsedAtMs: z.number().optional(),
});

const fileSchema = z.object({ version: z.literal(1), systems: z.array(savedSystemSchema).max(1000) });

/** Reads the list; throws `config-unreadable` naming file and place when it is not one. Nothing is overwritten then. */
export async function loadSystems(file: TextFile): Promise<readonly SavedSystem[]> {
  const text = await file.read();
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PutError(
      'config-unreadable',
      `${file.path}: ${error instanceof Error ? error.message : String(error)}`,
      { path: file.path },
      { cause: error },
    );
  }
  const result = fileSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new PutError(
      'config-unreadable',
      `${file.path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`,
      { path: file.path },
    );
  }
  return result.data.systems;
}

export async function saveSystems(file: TextFile, systems: readonly SavedSystem[]): Promise<void> {
  await file.write(`${JSON.stringify({ version: 1, systems }, undefined, 2)}\n`);
}

/** The system of that name or id; throws `system-unknown` naming what is saved. */
export function findSystem(systems: readonly SavedSystem[], name: string): SavedSystem {
  const found = systems.find((system) => system.systemId === name) ?? systems.find((system) => system.name === name);
  if (!found) {
    const names = systems.map((system) => system.name).join(', ');
    throw new PutError('system-unknown', `no system is saved as ${name}${names === '' ? '' : `; saved are ${names}`}`, {
      name,
    });
  }
  return found;
}
