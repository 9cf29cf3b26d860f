#!/usr/bin/env node
import { readFileSync, existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../core/node/systemClock.ts';
import { textFile } from '../core/node/textFile.ts';
import { dataFolder, systemsPath } from '../core/node/dataFolder.ts';
import { EXIT } from './exitCodes.ts';
import { createKeptSignIns, secretToolKeyring } from './keptSignIns.ts';
import { runPutctl } from './program.ts';
import { createTerminal } from './Terminal.ts';

/** The folder of package.json: one above `cli` and one above `dist`. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}

async function main(): Promise<void> {
  const version = ownVersion();
  const clock = createSystemClock();
  const terminal = createTerminal(process);
  const stop = new AbortController();
  process.on('SIGINT', () => {
    // The first one detaches and ends the session; the second one does not wait for that.
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  });
  process.on('SIGTERM', () => stop.abort());
  const samples = join(root, 'assets', 'packages');
  const bundledServices = join(root, 'dist', 'putservices.js');
  const exitCode = await runPutctl(
    {
      terminal,
      clock,
      random: Math.random,
      env: process.env,
      systemsFile: textFile(systemsPath()),
      keptSignIns: createKeptSignIns(
        textFile(join(dataFolder(), 'sign-ins.json')),
        secretToolKeyring(process.env),
        (problem) => terminal.err(`putctl: ${problem}`),
      ),
      practiceReadyFile: join(dataFolder(), 'practice-running.json'),
      samplesFolder: existsSync(samples) ? samples : undefined,
      // The packages of putservices have the windows beside its program.
      rendererFolder:
        [join(root, 'windows'), join(root, 'dist', 'renderer')].find(existsSync) ?? join(root, 'dist', 'renderer'),
      servicesEntry: existsSync(bundledServices) ? bundledServices : join(root, 'services', 'main.ts'),
      stop: stop.signal,
      version,
      signIn: async ({ target, pathOrder, user, password, kept }) => {
        // What reaches a master takes as long to load as all the rest: a command that asks none is spared it.
        const [{ openSession }, { dialNetwork }, { deflateCompression }] = await Promise.all([
          import('./MasterSession.ts'),
          import('../core/node/dial.ts'),
          import('../core/node/messageCompression.ts'),
        ]);
        return openSession(
          {
            target,
            pathOrder,
            dial: dialNetwork,
            clock,
            random: Math.random,
            software: `putctl ${version}`,
            clientSystem: process.env['PUT_CLIENT_SYSTEM'] || hostname(),
            compression: deflateCompression,
          },
          kept === undefined
            ? { user, password }
            : kept.as === 'beside'
              ? { keptSessionToken: kept.sessionToken }
              : { sessionToken: kept.sessionToken },
        );
      },
    },
    process.argv.slice(2),
  );
  process.exitCode = exitCode;
  // What was asked for and not waited for any more (a host that does not answer) keeps no process.
  if (exitCode === EXIT.interrupted || exitCode === EXIT.timeout) process.exit();
}

await main();
