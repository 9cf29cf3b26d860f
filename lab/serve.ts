import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SERVICES_NODE_ARGUMENTS } from '../core/node/servicesNodeArguments.ts';
import { PutError } from '../core/protocol/errors.ts';
import { askLab } from './control.ts';
import { makeSiteState } from './siteState.ts';

const SERVICES = fileURLToPath(new URL('../services/main.ts', import.meta.url));
const USER = 'engineer';
const LOOK_EVERY_MS = 1_000;

/** The state folder of the lab, made once: what is there stays. */
function prepareState(labFolder: string): { readonly state: string; readonly passwordFile: string } {
  const state = join(labFolder, 'state');
  const passwordFile = join(labFolder, 'password');
  if (existsSync(passwordFile)) return { state, passwordFile };
  const password = randomBytes(12).toString('base64url');
  const [nodesFile, keyFile] = [join(labFolder, 'nodes.yaml'), join(labFolder, 'id')];
  makeSiteState({ state, nodesFile, keyFile, user: USER, password });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  return { state, passwordFile };
}

interface Ready {
  readonly ports: Readonly<Record<'negotiation' | 'service' | 'chat' | 'web', number>>;
  readonly fingerprint: string;
}

function howToSignIn({ ports, fingerprint }: Ready, passwordFile: string): string {
  const { negotiation, service, chat, web } = ports;
  const named = [
    ...['--cc-port', negotiation, '--ssl-port', web, '--service-port', service, '--chat-port', chat],
    ...['-u', USER, '--fingerprint', fingerprint],
  ].join(' ');
  // A name of this run: another system may be saved as lab, or the lab of yesterday with its ports.
  const name = `lab-${negotiation}`;
  return `
putservices serves the lab; Ctrl-C ends it. In another shell, or in the window as a new system with the same values:

  npm run putctl -- systems add ${name} --host 127.0.0.1 ${named}
  export PUT_SYSTEM=${name} PUT_PASSWORD=$(cat ${passwordFile})
  npm run putctl -- nodes
  npm run putctl -- upload assets/packages    # both releases: a rollback needs what is on the nodes now
  npm run putctl -- run --yes`;
}

/**
 * Runs putservices with the nodes of the lab that is up, until it is ended; prints how to sign in. Ends with its exit code.
 * @throws PutError usage where no lab is up
 */
export async function serveLab(): Promise<number> {
  const answer = await askLab({ verb: 'status' });
  if (!('folder' in answer)) throw new PutError('internal', 'the lab did not tell its folder');
  const { state, passwordFile } = prepareState(answer.folder);
  const args = [...SERVICES_NODE_ARGUMENTS, SERVICES, '--state', state, '--config', join(state, 'Config')];
  args.push('--port-base', 'auto', '--json-ready');
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line.startsWith('{"ready":true') ? howToSignIn(JSON.parse(line) as Ready, passwordFile) : line);
  });
  // The shell tells both of Ctrl-C; putservices ends in its own time.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // What serves a lab ends with it: `down` takes the folder away, with the state in it.
  const nodesFile = join(answer.folder, 'nodes.yaml');
  const look = setInterval(() => existsSync(nodesFile) || child.kill('SIGTERM'), LOOK_EVERY_MS);
  return new Promise((resolve) =>
    child.on('exit', (code) => {
      clearInterval(look);
      resolve(code ?? 1);
    }),
  );
}
