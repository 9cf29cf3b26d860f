import { labelOf } from '../../../core/model/job.ts';
import { formatEvr, formatNevra } from '../../../core/model/rpmVersion.ts';
import { assertNever, PutError } from '../../../core/protocol/errors.ts';
import type { ActionOutcome, NodeAction, ProbeOutcome } from '../NodeDriver.ts';
import { type ActionRun, causeOf } from './ActionRun.ts';
import { install, spoolPath } from './installWork.ts';
import { outcomeOfDone, packageStanding } from './nodePackages.ts';
import { PRACTICE_SERVICE, practiceFacts } from './practiceInventory.ts';
import { withPracticeOs } from './practiceOs.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { between } from './seededRandom.ts';

/** Bytes a millisecond that a practice node copies. */
const COPY_BYTES_PER_MS = 80_000;

/** Does the action on a practice node. Ends by its outcome or by an ActionEnd. */
export async function workOn(run: ActionRun, action: NodeAction, seed: number): Promise<ActionOutcome> {
  switch (action.kind) {
    case 'facts':
      return readFacts(run, seed);
    case 'spool':
      return spool(run, action, seed);
    case 'stop-service':
      return setService(run, 'down');
    case 'start-service':
      return setService(run, 'up');
    case 'install':
      return install(run, action);
    case 'switch-versions':
      return switchVersions(run, action);
    case 'validate':
      return validate(run, action);
    default:
      return assertNever(action);
  }
}

async function readFacts(run: ActionRun, seed: number): Promise<ActionOutcome> {
  await run.pass(between(run.ports.random, 150, 600), 0, 60, 2);
  failIfTold(run, 'the facts could not be read');
  await run.middle();
  await run.pass(50, 60, 100, 1);
  const state = run.ports.state();
  const packages = withPracticeOs(state.packages);
  return {
    state: 'ok',
    facts: {
      ...practiceFacts(seed, run.ports.entry, packages, state.service),
      relations: run.ports.packages.relationsOf(packages),
    },
    found: state.packages,
  };
}

/** Faults that have no meaning of their own at this action count as its failure. */
function failIfTold(run: ActionRun, what: string): void {
  const met = run.meets('fail', 'pre-script', 'post-script', 'disk-full');
  if (met === 'disk-full') run.fail('disk-full', `${run.nodeId}: no room is left on the / file system`);
  if (met) run.fail('action-failed', `${run.nodeId}: ${what}`);
}

async function spool(
  run: ActionRun,
  action: Extract<NodeAction, { kind: 'spool' }>,
  seed: number,
): Promise<ActionOutcome> {
  const { entry, random } = run.ports;
  const missing = action.packages.filter(
    (planned) => run.ports.state().spooled[spoolPath(action.spoolArea, planned.fileName)] !== planned.sha256,
  );
  const totalBytes = missing.reduce((sum, planned) => sum + planned.fileBytes, 0);
  const { fileSystems } = practiceFacts(seed, entry, [], 'up');
  const onto = fileSystems
    .filter(({ path }) => path === '/' || action.spoolArea === path || action.spoolArea.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!onto) run.fail('action-failed', `${run.nodeId} has no file system for ${action.spoolArea}`);
  if (onto.freeBytes < totalBytes) {
    run.fail('disk-full', `${onto.path} of ${run.nodeId} has ${onto.freeBytes} bytes free; ${totalBytes} are needed`);
  }
  const count = Math.max(1, missing.length);
  await run.pass(between(random, 100, 300), 0, 5, 1);
  if (missing.length === 0) await run.middle();
  for (const [i, planned] of missing.entries()) {
    const from = 5 + (i / count) * 95;
    if (i === Math.floor(missing.length / 2)) {
      if (run.meets('disk-full')) run.fail('disk-full', `${onto.path} of ${run.nodeId} is full`, planned.name);
      failIfTold(run, `${planned.fileName} could not be copied`);
      await run.middle();
    }
    let digest;
    try {
      digest = await run.ports.packages.digestOf(planned.fileName);
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      run.fail(error.code, error.message, planned.name);
    }
    if (digest.sha256 !== planned.sha256) {
      run.fail(
        'file-digest-mismatch',
        `${planned.fileName} of the library has digest ${digest.sha256.slice(0, 12)}, the plan ${planned.sha256.slice(0, 12)}`,
        planned.name,
      );
    }
    await run.pass(between(random, 60, 240) + planned.fileBytes / COPY_BYTES_PER_MS, from, from + 95 / count, 2);
    await run.ports.update((state) => ({
      ...state,
      spooled: { ...state.spooled, [spoolPath(action.spoolArea, planned.fileName)]: planned.sha256 },
    }));
    run.log(`${spoolPath(action.spoolArea, planned.fileName)}: ${planned.fileBytes} bytes, digest right`);
  }
  run.progress(100);
  return { state: 'ok' };
}

async function setService(run: ActionRun, to: 'up' | 'down'): Promise<ActionOutcome> {
  const verb = to === 'up' ? 'start' : 'stop';
  run.log(`systemctl ${verb} ${PRACTICE_SERVICE}`);
  await run.pass(between(run.ports.random, 300, 900), 0, 50, 2);
  if (run.meets('fail', 'pre-script', 'post-script', 'disk-full')) {
    run.fail('service-failed', `${PRACTICE_SERVICE} on ${run.nodeId} did not ${verb}`);
  }
  await run.middle();
  await run.pass(between(run.ports.random, 200, 600), 50, 100, 2);
  await run.ports.update((state) => ({ ...state, service: to }));
  return { state: 'ok' };
}

async function switchVersions(
  run: ActionRun,
  action: Extract<NodeAction, { kind: 'switch-versions' }>,
): Promise<ActionOutcome> {
  await run.pass(between(run.ports.random, 150, 400), 0, 60, 2);
  failIfTold(run, 'the versions could not be switched');
  const names = Object.keys(action.versions);
  for (const name of names) {
    const version = action.versions[name];
    if (!run.ports.state().packages.some((installed) => installed.name === name)) continue;
    run.log(`active version of ${name}: ${version}`);
  }
  await run.middle();
  await run.ports.update((state) => ({ ...state, activeVersions: { ...state.activeVersions, ...action.versions } }));
  run.progress(100);
  return { state: 'ok' };
}

async function validate(run: ActionRun, action: Extract<NodeAction, { kind: 'validate' }>): Promise<ActionOutcome> {
  await run.pass(between(run.ports.random, 200, 700), 0, 80);
  failIfTold(run, 'the read-back ended with an error');
  await run.middle();
  const state = run.ports.state();
  const found = state.packages;
  const wrong = action.expected.filter(
    (expected) => !action.ignoredPackages.includes(labelOf(expected)) && packageStanding(state, expected) !== 'done',
  );
  for (const expected of wrong) {
    const here = found.filter((installed) => installed.name === expected.name).map(formatEvr);
    run.log(`${formatNevra(expected)} expected, found ${here.join(' and ') || 'none'}`);
  }
  const first = wrong[0];
  if (first) {
    const here = found.filter((installed) => installed.name === first.name).map(formatEvr);
    const more = wrong.length > 1 ? ` and ${wrong.length - 1} more` : '';
    return {
      state: 'failed',
      found,
      cause: causeOf(
        'validation-failed',
        `${run.nodeId}: ${first.name} ${formatEvr(first)} expected, found ${here.join(' and ') || 'none'}${more}`,
        labelOf(first),
      ),
    };
  }
  if (state.service !== 'up') {
    return {
      state: 'failed',
      found,
      cause: causeOf('validation-failed', `${run.nodeId}: ${PRACTICE_SERVICE} is down`),
    };
  }
  run.log(`${action.expected.length} packages as planned, ${PRACTICE_SERVICE} up`);
  run.progress(100);
  return { state: 'ok', found };
}

/** What a look at the node's state says about the action; reading actions are simply done again. */
export function probeState(state: PracticeNodeState, action: NodeAction): ProbeOutcome {
  return { ...probeWork(state, action), service: state.service };
}

function probeWork(state: PracticeNodeState, action: NodeAction): ProbeOutcome {
  switch (action.kind) {
    case 'facts':
    case 'validate':
      return { done: 'no', packages: {}, found: state.packages };
    case 'stop-service':
      return { done: state.service === 'down' ? 'yes' : 'no', packages: {} };
    case 'start-service':
      return { done: state.service === 'up' ? 'yes' : 'no', packages: {} };
    case 'switch-versions': {
      const names = Object.keys(action.versions);
      const right = names.filter((name) => state.activeVersions[name] === action.versions[name]).length;
      return { done: right === names.length ? 'yes' : right > 0 ? 'partly' : 'no', packages: {} };
    }
    case 'spool': {
      const there = action.packages.filter(
        (planned) => state.spooled[spoolPath(action.spoolArea, planned.fileName)] === planned.sha256,
      ).length;
      return { done: there === action.packages.length ? 'yes' : there > 0 ? 'partly' : 'no', packages: {} };
    }
    case 'install': {
      const packages: Record<string, 'successful' | 'unchanged'> = {};
      let half = 0;
      let done = 0;
      for (const planned of action.packages) {
        const standing = packageStanding(state, planned);
        if (standing === 'half') half++;
        if (standing !== 'done') continue;
        const outcome = outcomeOfDone(action.changes, labelOf(planned));
        packages[labelOf(planned)] = outcome;
        if (outcome === 'successful') done++;
      }
      const all = Object.keys(packages).length === action.packages.length;
      return { done: all ? 'yes' : done > 0 || half > 0 ? 'partly' : 'no', packages, found: state.packages };
    }
    default:
      return assertNever(action);
  }
}
