import { PutError, reportOf } from '../core/protocol/errors.ts';
import { createRandom } from '../core/testing/random.ts';
import {
  countWrites,
  CuttingLines,
  type Death,
  dieAtWrites,
  SERIES,
  seriesOf,
  type Troubled,
} from '../e2e/support/crashSeries.ts';
import { RealUpgrade } from '../e2e/support/RealUpgrade.ts';
import { whyNoLab } from '../lab/Lab.ts';
import { numberOption } from './benchmark.ts';
import { readBenchCommand } from './support/commandLine.ts';

/*
 * `npm run crash`: upgrades of two real nodes of a lab, with a reboot, each with trouble of one kind. After each the nodes tell whether everything is as planned and nothing was done twice: the
 * packages, a diary that the scriptlets write, the boot, the service. Exit code 1: something is not.
 */

const USAGE = `Usage: npm run crash -- [--all | --writes N] [--series NAME --rounds N] [--seed S] [--json]

  --all          putservices is killed before and after every write of an upgrade, one upgrade for each
  --writes N     the same for N writes that the seed chooses (6)
  --series NAME  one of these instead:
${Object.entries(SERIES)
  .map(([name, { about }]) => `                   ${name.padEnd(8)} ${about}`)
  .join('\n')}
                   all      each of them
  --rounds N     upgrades of each series (5)
  --seed S       (1)
  --json         the last line as one JSON object`;

const args = process.argv.slice(2);
const json = args.includes('--json');

interface Figures {
  upgrades: number;
  /** Transactions that an upgrade without trouble has. */
  writes: number;
  /** Kills of putservices that met their write. */
  kills: number;
  broken: number;
}

async function main(): Promise<void> {
  const { name, help, options } = readBenchCommand(args);
  if (help) return console.log(USAGE);
  const known = ['all', 'writes', 'series', 'rounds', 'seed'];
  const stranger = name ?? Object.keys(options).find((option) => !known.includes(option));
  if (stranger !== undefined) throw new PutError('usage', `crash takes no ${stranger}; see --help`);
  const take = (option: string, otherwise: number): number =>
    Math.floor(numberOption({ options, say: () => undefined }, option, otherwise));
  const named = options['series'];
  const series = named === 'all' ? Object.keys(SERIES) : typeof named === 'string' ? [named] : [];
  series.forEach(seriesOf);
  const why = whyNoLab();
  if (why !== undefined) throw new PutError('usage', `there can be no lab here: ${why}`);

  const seed = take('seed', 1);
  const random = createRandom(seed);
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
  const say = (line: string): void => console.error(`${seconds()} s  ${line}`);
  const lines = new CuttingLines();
  const upgrade = await RealUpgrade.begin({ nodes: 2, nodesFile: lines.nodesFile });
  const figures: Figures = { upgrades: 0, writes: 0, kills: 0, broken: 0 };
  const one = async (what: string, trouble: () => Promise<Troubled>): Promise<void> => {
    await upgrade.prepare();
    const { head, told, repaired } = await trouble();
    const found = await upgrade.findings({ repaired });
    figures.upgrades += 1;
    if (head.state !== 'succeeded' || found.length > 0) figures.broken += 1;
    const canary = `canary ${await upgrade.canaryAheadS()} s ahead`;
    say(`${what}: ${head.state}; ${canary}; ${told}${found.length > 0 ? `; BROKEN: ${found.join('; ')}` : ''}`);
  };
  try {
    for (const kind of series) {
      for (let round = 1; round <= take('rounds', 5); round += 1) {
        await one(`${kind} ${round}`, () => seriesOf(kind).run(upgrade, random, lines));
      }
    }
    if (series.length === 0) {
      await upgrade.prepare();
      figures.writes = await countWrites(upgrade);
      const every = Array.from({ length: figures.writes }, (_, i) => i + 1).flatMap((write): Death[] => [
        { moment: 'before', write },
        { moment: 'after', write },
      ]);
      const sample = Array.from({ length: take('writes', 6) }, () => every[Math.floor(random() * every.length)]);
      for (const death of options['all'] === true ? every : sample) {
        if (!death) continue;
        await one(`killed ${death.moment} write ${death.write} of ${figures.writes}`, async () => {
          const troubled = await dieAtWrites(upgrade, [death]);
          figures.kills += troubled.died;
          return troubled;
        });
      }
    }
  } finally {
    await upgrade.end();
    await lines.stop();
  }
  const result = { seed, ...figures, seconds: seconds() };
  console.log(
    json
      ? JSON.stringify(result)
      : `${figures.upgrades} upgrades, ${figures.writes} writes each, ${figures.kills} kills, ${figures.broken} broken (${result.seconds} s, seed ${seed})`,
  );
  process.exitCode = figures.broken === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  const report = reportOf(error);
  console.error(report.code === 'internal' && error instanceof Error ? error.stack : report.message);
  if (json) console.log(JSON.stringify({ error: report }));
  process.exitCode = 2;
}
