import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isMap, isSeq, parseDocument } from 'yaml';
import type { JobHead } from '../../core/model/jobParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { Random } from '../../core/session/ports.ts';
import type { Lab } from '../../lab/Lab.ts';
import type { LabFault } from '../../lab/labFaults.ts';
import { CuttingProxy } from './CuttingProxy.ts';
import type { RealUpgrade } from './RealUpgrade.ts';

/*
 * Troubles of an upgrade of real nodes. Each is one upgrade from the start to the end, with one kind of trouble in it, at moments that a seed chooses.
 */

/** How an upgrade with trouble ended. */
export interface Troubled {
  readonly head: JobHead;
  /** What happened when, in words. */
  readonly told: string;
  /** Nodes on which rpm may have been killed in the middle. */
  readonly repaired: readonly string[];
}

/** Events that such an upgrade of two nodes has, roughly. */
const EVENTS = 80;
/** Bytes that go over the lines to the nodes in such an upgrade, roughly. */
const LINE_BYTES = 250_000;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

/** Death of putservices at a transaction: right before it is on the disk, or right after, before its effect. */
export interface Death {
  readonly moment: 'before' | 'after';
  readonly write: number;
}

/** How many transactions an upgrade without trouble has. */
export async function countWrites(upgrade: RealUpgrade): Promise<number> {
  const order = join(upgrade.stateFolder, 'die');
  writeFileSync(order, 'count');
  await upgrade.run();
  rmSync(order);
  return Number(readFileSync(join(upgrade.stateFolder, 'die.counted'), 'utf8'));
}

/** Putservices dies at each of these writes in turn, each counted from the start of the process before. */
export async function dieAtWrites(
  upgrade: RealUpgrade,
  deaths: readonly Death[],
): Promise<Troubled & { died: number }> {
  const order = join(upgrade.stateFolder, 'die');
  const left = [...deaths];
  let died = 0;
  const next = (): void => {
    const death = left.shift();
    if (!death) return;
    writeFileSync(order, `${death.moment} ${death.write}`);
    upgrade.restartWhenDead(() => {
      rmSync(order, { force: true });
      died += 1;
    });
  };
  next();
  const head = await upgrade.run({
    onHead: () => {
      if (died === deaths.length - left.length) next();
    },
  });
  rmSync(order, { force: true });
  const [met, missed] = [deaths.slice(0, died), deaths.slice(died)].map((some) =>
    some.map(({ moment, write }) => `${moment} write ${write}`).join(', then '),
  );
  // How many writes an upgrade has depends on how its news come together.
  const told = [met && `died ${met}`, missed && `ended without a death ${missed}`].filter(Boolean).join('; ');
  return { head, told, repaired: [], died };
}

/** A node is shut down or loses power when the job is at an event, wherever it is just then. */
async function loseNodes(upgrade: RealUpgrade, random: Random): Promise<Troubled> {
  const told: string[] = [];
  const repaired = new Set<string>();
  const troubles = Array.from({ length: 3 }, () => ({
    atEvent: between(random, 15, EVENTS),
    afterMs: between(random, 0, 800),
    nodeId: pick(random, upgrade.nodeIds),
    fault: pick<LabFault>(random, ['reboot', 'power-loss', 'power-loss']),
  })).sort((a, b) => a.atEvent - b.atEvent);
  const happening: Promise<unknown>[] = [];
  const head = await upgrade.run({
    onHead: ({ eventNumber, currentStep }) => {
      while (troubles[0] && troubles[0].atEvent <= eventNumber) {
        const { nodeId, fault, afterMs } = troubles.shift() ?? { nodeId: '', fault: 'none', afterMs: 0 };
        told.push(`${fault} of ${nodeId} ${afterMs} ms after event ${eventNumber} (${currentStep})`);
        repaired.add(nodeId);
        // Where it is off already, it is off.
        happening.push(wait(afterMs).then(() => upgrade.lab.fault(nodeId, fault).catch(() => '')));
      }
    },
    beforeRetry: async () => {
      await Promise.all(happening);
      for (const { nodeId } of upgrade.lab.nodes) await upgrade.lab.untilReached(nodeId);
    },
  });
  await Promise.all(happening);
  for (const { nodeId } of upgrade.lab.nodes) await upgrade.lab.untilReached(nodeId);
  return { head, told: told.join(', '), repaired: [...repaired] };
}

/** Proxies between the master and the nodes of a lab, and the inventory that leads over them. */
export class CuttingLines {
  readonly proxies: CuttingProxy[] = [];

  /** For `nodesFile` of a RealUpgrade. */
  readonly nodesFile = async (lab: Lab): Promise<string> => {
    const file = parseDocument(readFileSync(join(lab.folder, 'nodes.yaml'), 'utf8'));
    const nodes = file.get('nodes');
    if (!isSeq(nodes)) throw new Error('no nodes');
    for (const [i, { outside }] of lab.nodes.entries()) {
      const proxy = await CuttingProxy.start({ host: outside.address, port: outside.port });
      this.proxies.push(proxy);
      const line = nodes.get(i);
      if (isMap(line)) line.set('port', proxy.port);
    }
    const path = join(lab.folder, 'nodes-cut.yaml');
    writeFileSync(path, String(file));
    return path;
  };

  async stop(): Promise<void> {
    for (const proxy of this.proxies) await proxy.stop();
  }
}

/** The lines to the nodes are cut after so many bytes, again and again. */
async function cutLines(upgrade: RealUpgrade, random: Random, lines: CuttingLines): Promise<Troubled> {
  let cuts = 0;
  const told: number[] = [];
  for (const proxy of lines.proxies) {
    const cutLater = (): void => {
      const bytes = between(random, 1, LINE_BYTES / 8);
      proxy.cutAfterBytes(bytes, () => {
        cuts += 1;
        told.push(bytes);
        cutLater();
      });
    };
    cutLater();
  }
  const head = await upgrade.run();
  for (const proxy of lines.proxies) proxy.cutAfterBytes(Infinity, () => {});
  return { head, told: `${cuts} cuts, after ${told.join(', ')} bytes`, repaired: [] };
}

/** The disk of the journal is full for a while, and the clock of the master is set back by a day while it is. */
async function fillDisk(upgrade: RealUpgrade, random: Random): Promise<Troubled> {
  const atEvent = between(random, 20, EVENTS - 10);
  const filler = join(upgrade.stateFolder, 'filler');
  const fill = (): void => {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
      } catch {
        // Less may still find room.
      }
    }
  };
  let full: Promise<void> | undefined;
  const head = await upgrade.run({
    onHead: ({ eventNumber }) => {
      if (full || eventNumber < atEvent) return;
      fill();
      full = wait(3_000).then(() => rmSync(filler));
    },
  });
  await full;
  return { head, told: `the disk was full from event ${atEvent} on for 3 s`, repaired: [] };
}

async function setClockBack(upgrade: RealUpgrade, random: Random): Promise<Troubled> {
  const atEvent = between(random, 10, EVENTS - 10);
  const shift = join(upgrade.stateFolder, 'clock-shift');
  let done = false;
  const head = await upgrade.run({
    onHead: ({ eventNumber }) => {
      if (done || eventNumber < atEvent) return;
      done = true;
      writeFileSync(shift, String(-86_400_000));
      upgrade.system.process.kill('SIGUSR2');
    },
  });
  rmSync(shift);
  upgrade.system.process.kill('SIGUSR2');
  return { head, told: `the clock went back by a day at event ${atEvent}`, repaired: [] };
}

/** Putservices dies a few writes after each start, again and again. */
async function dieAgain(upgrade: RealUpgrade, random: Random): Promise<Troubled> {
  const deaths = Array.from({ length: 8 }, (): Death => ({
    moment: pick(random, ['before', 'after']),
    write: between(random, 1, 8),
  }));
  return dieAtWrites(upgrade, deaths);
}

export const SERIES: Readonly<
  Record<
    string,
    {
      readonly about: string;
      readonly run: (upgrade: RealUpgrade, random: Random, lines: CuttingLines) => Promise<Troubled>;
    }
  >
> = {
  nodes: { about: 'nodes are shut down or lose power at random moments', run: loseNodes },
  lines: { about: 'the SSH lines to the nodes are cut at random bytes', run: cutLines },
  disk: { about: 'the disk of the journal is full for a while', run: fillDisk },
  clock: { about: 'the clock of the master is set back by a day', run: setClockBack },
  again: { about: 'putservices is killed a few writes after each start', run: dieAgain },
};

/** @throws PutError usage for a name that is none */
export function seriesOf(name: string): (typeof SERIES)[string] {
  const series = SERIES[name];
  if (!series) throw new PutError('usage', `there is no series ${name}, but ${Object.keys(SERIES).join(', ')}`);
  return series;
}
