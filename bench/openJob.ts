import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { InstalledPackage, NodeEntry, NodeFacts } from '../core/model/node.ts';
import { INSTALL_UPGRADE_SOFTWARE } from '../core/model/operations/installUpgradeSoftware.ts';
import { stepsOf } from '../core/model/operationSpec.ts';
import { runAtOnce } from '../core/model/slices.ts';
import { worksOnNodes } from '../core/model/stepKinds.ts';
import { Journal } from '../services/jobs/Journal.ts';
import { firstRecord, recordAfter, summaryOf, type JobRecord } from '../services/jobs/jobRecord.ts';
import { openRecord, packRecord, recordOf } from '../services/jobs/snapshots.ts';
import type { JobEvent, JobEventBody } from '../services/sequencer/events.ts';

/*
 * How long it takes to open a job of many nodes, near its end, from its journal: by all events, and by a snapshot and the events after it.
 *   node bench/openJob.ts [NODES] [PACKAGES]
 */

const nodes = Number(process.argv[2] ?? 10_000);
const packages = Number(process.argv[3] ?? 300);
/** Kinds of nodes: lists of packages that differ. */
const KINDS = 20;
const AT_ONCE = 64;
/** Events after the snapshot: the most that a kill leaves. */
const TAIL = 2_500;

const entries: NodeEntry[] = Array.from({ length: nodes }, (_, i) => ({
  ...{ nodeId: `n-${i}`, address: `10.0.${Math.floor(i / 250)}.${i % 250}`, type: 'TPA' as const, system: 1 },
}));
const lists: InstalledPackage[][] = Array.from({ length: KINDS }, (_, kind) =>
  Array.from({ length: packages }, (_, i) => ({
    ...{ name: `package-${i}`, epoch: 0, version: `1.${kind}`, release: '1', arch: 'x86_64' },
  })),
);
const factsOf = (index: number): NodeFacts =>
  ({
    ...{ os: 'SLES 15', arch: 'x86_64', groupingKey: 'one', hostName: `n-${index}` },
    fileSystems: [{ path: '/var/spool', totalBytes: 1e11, freeBytes: 5e10 - index }],
    service: { name: 'practice', state: 'up' },
    packages: lists[index % KINDS],
  }) as unknown as NodeFacts;

let atMs = 1_795_000_000_000;
const started: JobEvent = {
  ...{ kind: 'job-started', jobId: 'large', jobNumber: 1, user: 'ada', atMs },
  ...{ spec: INSTALL_UPGRADE_SOFTWARE, settings: { nodesAtOnce: AT_ONCE }, inventory: entries },
};
const folder = mkdtempSync(join(tmpdir(), 'put-open-'));
const path = join(folder, 'journal.db');
let journal = new Journal(path);
let record: JobRecord = firstRecord(started);
let batch: JobEvent[] = [started];
let written = 0;
const flush = (): void => {
  if (batch.length === 0) return;
  journal.append({ jobId: 'large', firstNumber: written + 1, events: batch, summary: summaryOf(record) });
  written += batch.length;
  batch = [];
};
const put = (body: JobEventBody): void => {
  const event: JobEvent = { ...body, atMs: (atMs += 3) };
  record = recordAfter(record, event);
  batch.push(event);
  if (batch.length >= 256) flush();
};

/** Work of a step on all nodes, as many at once as the job allows. */
function work(stepId: string, outcome: (index: number) => object): void {
  for (let from = 0; from < nodes; from += AT_ONCE) {
    const here = entries.slice(from, from + AT_ONCE);
    put({ kind: 'cells-started', stepId, cells: here.map(({ nodeId }) => ({ nodeId, mode: 'run' })) });
    for (const [i, { nodeId }] of here.entries()) {
      put({ kind: 'cell-ended', stepId, nodeId, attempt: 1, outcome: { state: 'ok', ...outcome(from + i) } });
    }
  }
  put({ kind: 'step-ended', stepId });
}

const change = {
  packageName: 'package-1',
  action: 'upgrade',
  from: '1.0-1',
  to: '2.0-1',
  wayBack: true,
  fileName: 'p.rpm',
};
const plan = {
  ...{
    createdAtMs: atMs,
    mode: 'typical',
    spoolArea: '/var/spool',
    skips: [],
    pointOfNoReturn: 'shutdown',
    warnings: [],
  },
  packages: [
    {
      name: 'package-1',
      epoch: 0,
      version: '2.0',
      release: '1',
      arch: 'x86_64',
      fileName: 'p.rpm',
      sha256: 'x',
      fileBytes: 1,
      mandatory: true,
    },
  ],
  nodes: Object.fromEntries(entries.map(({ nodeId }) => [nodeId, [change]])),
};
const begun = performance.now();
for (const step of stepsOf(INSTALL_UPGRADE_SOFTWARE)) {
  if (step.id === 'finished') break;
  if (step.use === 'switch-versions') {
    put({ kind: 'step-skipped', stepId: step.id, note: 'typical' });
  } else if (worksOnNodes(step.use)) {
    put({ kind: 'step-opened', stepId: step.id, skips: [] });
    work(step.id, (index) => (step.use === 'facts' ? { facts: factsOf(index) } : {}));
  } else {
    const answer = step.use === 'plan' ? { stepId: step.id, accept: true, plan } : { stepId: step.id };
    put({ kind: 'step-opened', stepId: step.id, screen: answer });
    const effects = step.use === 'select-nodes' ? { select: entries.map(({ nodeId }) => nodeId) } : undefined;
    put({ kind: 'answered', stepId: step.id, answer, user: 'ada', ...(effects ? { effects } : {}) });
  }
}
flush();
const made = performance.now() - begun;
const events = written;

function timed<T>(run: () => T): { ms: number; result: T } {
  const from = performance.now();
  const result = run();
  return { ms: Math.round(performance.now() - from), result };
}
function open(): { ms: number; tail: number; eventNumber: number } {
  journal.close();
  journal = new Journal(path);
  const { ms, result } = timed(() => {
    const opened = openRecord(journal, 'large');
    if (!opened) throw new Error('no job');
    return { record: recordOf(opened), tail: opened.tail.length };
  });
  return { ms, tail: result.tail, eventNumber: result.record.machine.eventNumber };
}

try {
  const byEvents = open();
  const { values } = journal;
  const [first, ...rest] = journal.events('large');
  const early = rest.slice(0, -TAIL).reduce(recordAfter, firstRecord(first as JobEvent));
  const text = timed(() => runAtOnce(packRecord(early, values)));
  const body = timed(() => deflateSync(text.result, { level: 1 }));
  const kept = timed(() => journal.keepSnapshot('large', early.machine.eventNumber, body.result, 2));
  const bySnapshot = open();
  journal.keepSnapshot('large', events, deflateSync(runAtOnce(packRecord(record, journal.values)), { level: 1 }), 2);
  const afterStop = open();
  process.stdout.write(
    `${JSON.stringify({
      ...{ nodes, packages, steps: stepsOf(INSTALL_UPGRADE_SOFTWARE).length, events },
      journalMb: Math.round(statSync(path).size / 2 ** 20),
      eventMs: Number((made / events).toFixed(3)),
      openByEventsMs: byEvents.ms,
      openAfterKillMs: bySnapshot.ms,
      tailEvents: bySnapshot.tail,
      openAfterStopMs: afterStop.ms,
      same: byEvents.eventNumber === bySnapshot.eventNumber && afterStop.eventNumber === events,
      ...{ packMs: text.ms, compressMs: body.ms, keepMs: kept.ms },
      snapshotKb: Math.round(body.result.length / 1024),
    })}\n`,
  );
} finally {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
}
