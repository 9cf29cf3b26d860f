import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutError } from '../core/protocol/errors.ts';

const SERVICES = fileURLToPath(new URL('../services/main.ts', import.meta.url));

/** What a state folder of putservices with real nodes is made of. */
export interface SiteState {
  readonly state: string;
  readonly nodesFile: string;
  /** Private key that the nodes let in. */
  readonly keyFile: string;
  /** An admin. */
  readonly user: string;
  readonly password: string;
}

/**
 * Makes a state folder as a site has it: the inventory, the master's key, an account. Answers its Config file, which takes the sample packages: they bear no signature.
 * @throws PutError internal where the account cannot be made
 */
export function makeSiteState({ state, nodesFile, keyFile, user, password }: SiteState): string {
  mkdirSync(join(state, 'ssh'), { recursive: true, mode: 0o700 });
  copyFileSync(keyFile, join(state, 'ssh', 'id_ed25519'));
  copyFileSync(nodesFile, join(state, 'nodes.yaml'));
  const add = ['account', 'add', user, '--role', 'admin', '--state', state, '--password-file', '-'];
  const added = spawnSync(process.execPath, [SERVICES, ...add], { input: `${password}\n`, encoding: 'utf8' });
  if (added.status !== 0) throw new PutError('internal', `no account could be made: ${added.stderr}`);
  const config = join(state, 'Config');
  writeFileSync(config, 'SIGNATURES=digests-only\n');
  return config;
}
