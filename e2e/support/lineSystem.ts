import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutError } from '../../core/protocol/errors.ts';
import { PracticeSystem, type PracticeOptions } from './practiceSystem.ts';
import { whyNoNamespaces } from '../../lab/namespaces.ts';
import type { LineProperties } from '../../lab/lineModel.ts';
import { SlowLine } from '../../lab/SlowLine.ts';

/** A practice system at the far end of a slow line. */
export interface LineSystem {
  readonly line: SlowLine;
  readonly system: PracticeSystem;
  /** For small files; removed at the end. The password of the practice user is in its file `password`. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts both; throws `usage` where network namespaces cannot be made. `config`: further lines of the Config file. */
export async function startLineSystem(
  properties: Partial<LineProperties>,
  options: PracticeOptions = {},
  config: readonly string[] = [],
): Promise<LineSystem> {
  const why = whyNoNamespaces();
  if (why !== undefined) throw new PutError('usage', `an emulated line cannot be made here: ${why}`);
  const folder = await mkdtemp(join(tmpdir(), 'put-line-'));
  const line = await SlowLine.start(properties);
  let system: PracticeSystem | undefined;
  const stop = async (): Promise<void> => {
    await system?.stop();
    await line.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const configFile = join(folder, 'Config');
    // Loopback too: that is where a way by SSH comes out.
    await writeFile(configFile, [`LISTEN=${line.masterAddress},127.0.0.1`, ...config, ''].join('\n'));
    system = await PracticeSystem.start({
      portBase: 9000,
      ...options,
      configFile,
      namespace: line.masterNamespace,
      host: line.masterAddress,
    });
    await writeFile(join(folder, 'password'), `${system.password}\n`, { mode: 0o600 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { line, system, folder, stop };
}
