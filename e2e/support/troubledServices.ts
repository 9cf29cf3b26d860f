import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/*
 * Loaded into putservices before everything else (`node --import`), for troubles that only the process itself can have. Files of its state folder order them; without these nothing happens.
 *
 * die          `before 17` or `after 17`: ends the process at that transaction from the order on, as SIGKILL and a loss of power do; `count` ends nothing. How many
 *              there were stands in `die.counted`.
 * clock-shift  so many ms are added to the clock from the next SIGUSR2 on, as where somebody sets it.
 */

const place = process.argv[process.argv.indexOf('--state') + 1] ?? '';
const order = join(place, 'die');

let counted = 0;
let countedFor = '';

// Every transaction of putservices is ended by this word.
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  const ordered = sql === 'COMMIT' && existsSync(order) ? readFileSync(order, 'utf8') : '';
  if (ordered === '') return exec.call(this, sql);
  if (ordered !== countedFor) counted = 0;
  countedFor = ordered;
  counted += 1;
  const [moment = '', write] = ordered.split(' ');
  const die = (when: string): void => {
    if (when === moment && counted === Number(write)) process.kill(process.pid, 'SIGKILL');
  };
  die('before');
  exec.call(this, sql);
  die('after');
  writeFileSync(join(place, 'die.counted'), String(counted));
};

const now = Date.now;
let shiftMs = 0;
const readShift = (): void => {
  const file = join(place, 'clock-shift');
  shiftMs = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
};
readShift();
process.on('SIGUSR2', readShift);
Date.now = () => now() + shiftMs;
