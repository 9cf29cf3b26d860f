import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorOf, PutError, reportOf } from '../core/protocol/errors.ts';
import { askLab, currentLab, type KeeperMessage } from './control.ts';
import { LAB_FAULTS, type LabFault } from './labFaults.ts';
import { labRoot } from './labRoot.ts';
import { serveLab } from './serve.ts';

const KEEPER = fileURLToPath(new URL('keeper.ts', import.meta.url));

const USAGE = `Usage: npm run lab -- up N [--booted [M]] [--key FILE]   N nodes; with --booted they, or the first M, boot a real systemd;
                                                        FILE: a public key that the nodes let in, as putservices has one
       npm run lab -- serve                             putservices for these nodes, and how to sign in to it; ends with Ctrl-C
       npm run lab -- status                            what is up, and how to reach it
       npm run lab -- fault NODE FAULT                  gives a node trouble
       npm run lab -- root                              makes the shared roots of both kinds of nodes where they are not there
       npm run lab -- down                              takes everything down

Faults:
${Object.entries(LAB_FAULTS)
  .map(([name, text]) => `  ${name.padEnd(16)} ${text}`)
  .join('\n')}
`;

/** How to use the lab that is up. */
async function printStatus(): Promise<void> {
  const answer = await askLab({ verb: 'status' });
  if (!('nodes' in answer)) return;
  const { nodes, folder, enter } = answer;
  for (const { nodeId, type, booted, on, inside, outside } of nodes) {
    const place = `${outside.address}:${outside.port}`.padEnd(16);
    console.log(
      `${nodeId.padEnd(12)} ${type.padEnd(7)} ${place} ${inside.address.padEnd(12)} ${booted ? 'booted' : 'light '} ${on ? 'on' : 'off'}`,
    );
  }
  console.log(`
Inventory from this machine: ${folder}/nodes.yaml
Inventory from inside:       ${folder}/nodes-inside.yaml
Sign in to a node:           ssh -i ${folder}/id -o StrictHostKeyChecking=no -p ${nodes[0]?.outside.port} root@127.0.0.1
Go inside the lab's network: ${enter.join(' ')} bash`);
}

async function up(words: readonly string[]): Promise<void> {
  if (currentLab()) throw new PutError('usage', 'a lab is up already; npm run lab -- down takes it down');
  const count = Number(words[0] ?? 4);
  const at = words.indexOf('--booted');
  const booted = at < 0 ? 0 : Number(words[at + 1] ?? count) || count;
  const keyAt = words.indexOf('--key');
  const keys = keyAt < 0 ? [] : [readFileSync(words[keyAt + 1] ?? '', 'utf8').trim()];
  const keeper = fork(KEEPER, [String(count), String(Math.min(booted, count)), ...keys], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    keeper.on('message', (message: KeeperMessage) => {
      if ('said' in message) console.log(message.said);
      else if ('error' in message) reject(errorOf(message.error));
      else resolve();
    });
    keeper.on('exit', (code) => reject(new PutError('internal', `the keeper of the lab ended with ${code}`)));
  });
  keeper.unref();
  if (keeper.connected) keeper.disconnect();
  await printStatus();
}

async function main([verb, ...words]: readonly string[]): Promise<void> {
  switch (verb) {
    case 'up':
      return up(words);
    case 'status':
      return printStatus();
    case 'root':
      for (const kind of ['light', 'booted'] as const) labRoot(kind, (line) => console.log(line));
      return;
    case 'serve':
      process.exitCode = await serveLab();
      return;
    case 'down':
    case 'fault': {
      const [nodeId = '', fault = ''] = words;
      if (verb === 'fault' && !Object.hasOwn(LAB_FAULTS, fault))
        throw new PutError('usage', `there is no fault ${fault}\n${USAGE}`);
      const answer = await askLab(verb === 'down' ? { verb } : { verb, nodeId, fault: fault as LabFault });
      if ('said' in answer) console.log(answer.said);
      return;
    }
    default:
      console.log(USAGE);
      process.exitCode = verb === undefined || verb === '--help' ? 0 : 2;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(reportOf(error).message);
  process.exitCode = 1;
}
