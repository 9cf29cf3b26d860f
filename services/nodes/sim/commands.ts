import { commandText } from '../../../core/model/command.ts';
import { endOfFirst } from '../commandFirst.ts';
import { readGuardScript } from '../guardScript.ts';
import type { NodeCommand } from '../NodePort.ts';
import { CommandScript, type ScriptOptions } from './CommandScript.ts';
import type { SimPackageSource } from './packageSource.ts';
import { PRACTICE_PORT, PRACTICE_SERVICE } from './practiceInventory.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { writeGuard } from './practiceGuard.ts';
import { readEraseCall, readRpmCall, writeErase, writeKeyCheck, writeRpm } from './rpmCommand.ts';
import { between } from './seededRandom.ts';
import { queryPackages, serviceState, writeShell, type CommandPlace } from './shellScript.ts';

/** What a command does on a practice node; these know a small closed list of commands. */
export async function writeCommand(
  command: NodeCommand,
  place: CommandPlace,
  source: SimPackageSource,
  options: ScriptOptions,
): Promise<CommandScript> {
  const script = new CommandScript(options);
  const isKeyCheck = (words: readonly string[]): boolean => words[0] === 'rpmkeys' && words[1] === '-Kv';
  // Nothing else on a practice node holds rpm's lock.
  const { argv, input, first } = command;
  if (first && isKeyCheck(first)) {
    script.log(endOfFirst(await writeKeyCheck(script, first.slice(2), place.state, source)));
  }
  const [program, ...words] = argv;
  const { state } = place;
  const rpm = program === 'rpm' ? readRpmCall(argv) : undefined;
  const erase = program === 'rpm' ? readEraseCall(argv) : undefined;
  const query = program === 'rpm' ? queryPackages(words, place) : undefined;
  const guard = readGuardScript(input);
  if (guard) await writeGuard(script, guard, state, place.nowMs, source);
  else if (erase) writeErase(script, erase, state, source);
  else if (rpm) await writeRpm(script, rpm, state, source);
  else if (isKeyCheck(argv)) script.exit(await writeKeyCheck(script, words.slice(1), state, source));
  else if (query) writeSaid(script, query);
  else if (program === 'systemctl' && words[0] === 'is-active') {
    writeSaid(script, script.meets('fail') ? { lines: ['inactive'], code: 3 } : serviceState(words[1], place));
  } else if (program === 'grep' && words.includes('/proc/net/tcp')) writeListens(script, words, state);
  else if (program === 'systemctl') writeSystemctl(script, words);
  else if (program === 'put-switch-versions') writeSwitch(script, words, state);
  else if ((program === 'sh' || program === '/bin/sh') && words[0] === '-c' && words.length === 2) {
    writeShell(script, words[1] ?? '', place);
  } else {
    // The short commands of a shell are programs on a node as well.
    writeShell(script, commandText(argv), place);
  }
  return script;
}

function writeSaid(script: CommandScript, { lines, code }: { lines: readonly string[]; code: number }): void {
  script.middle();
  if (lines.length > 0) script.log(...lines);
  script.exit(code);
}

/** The service listens while it is up. */
function writeListens(script: CommandScript, words: readonly string[], state: PracticeNodeState): void {
  script.pass(between(script.random, 20, 80));
  const port = PRACTICE_PORT.toString(16).toUpperCase().padStart(4, '0');
  const there = words.some((word) => word.includes(`:${port} `)) && state.service === 'up' && !script.meets('fail');
  script.exit(there ? 0 : 1);
}

function writeSystemctl(script: CommandScript, [verb, name]: readonly string[]): void {
  if ((verb !== 'start' && verb !== 'stop') || name !== PRACTICE_SERVICE) {
    script.log(`Failed to ${verb ?? 'do anything'}: Unit ${name ?? ''} not found.`);
    return script.exit(5);
  }
  script.pass(between(script.random, 300, 900));
  if (script.meets('fail', 'pre-script', 'post-script', 'disk-full')) {
    script.log(`Job for ${name} failed because the control process exited with error code.`);
    return script.exit(1);
  }
  script.middle();
  script.pass(between(script.random, 200, 600));
  script.exit(0, { service: verb === 'start' ? 'up' : 'down' });
}

function writeSwitch(script: CommandScript, pairs: readonly string[], state: PracticeNodeState): void {
  script.pass(between(script.random, 150, 400));
  if (script.meets('fail', 'pre-script', 'post-script', 'disk-full')) {
    script.log('the versions could not be switched');
    return script.exit(1);
  }
  const active: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const [name, version] = [pair.slice(0, at), pair.slice(at + 1)];
    active[name] = version;
    if (state.packages.some((one) => one.name === name)) script.log(`active version of ${name}: ${version}`);
  }
  script.middle();
  script.exit(0, { active });
}
