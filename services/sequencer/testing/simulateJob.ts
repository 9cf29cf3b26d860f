import { needsDecision } from '../../../core/model/jobParts.ts';
import type { NodeEntry } from '../../../core/model/node.ts';
import { stepsOf } from '../../../core/model/operationSpec.ts';
import { instantOf } from '../../../core/model/instant.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import { applyEvent, applyEvents, replay } from '../apply.ts';
import { seededRandom } from '../../nodes/sim/seededRandom.ts';
import { approveEvent, awaitsApproval, isApproved, withdrawApprovalEvent } from '../approval.ts';
import { waitedFor, whyNotBack } from '../catchUp.ts';
import { entriesOf } from '../column.ts';
import { decide, effectsOf } from '../decide.ts';
import type { JobEvent, JobEventBody, ProbeOutcome, WorkOutcome } from '../events.ts';
import { holdEvent, releaseEvent, waveStopEvent } from '../holdRequests.ts';
import {
  backEvent,
  continueEvent,
  exitEvent,
  ignoreEvent,
  pauseEvent,
  restartEvent,
  resumeEvent,
  retryEvent,
  rollbackEvent,
  undoIgnoreEvent,
  whyNotContinue,
  type RollbackOf,
} from '../requests.ts';
import { acceptEvent } from '../warnings.ts';
import { beginNowEvent, heldByWindow } from '../runWindow.ts';
import {
  countsHere,
  currentStep,
  initialState,
  isOnTheWay,
  isOver,
  phaseOf,
  statusOf,
  stepSpec,
  type SequencerState,
} from '../state.ts';
import { brokenBy, sameState, waitsForNothing } from './invariants.ts';
import { createTimeWatch } from './timeWatch.ts';
import { chance, from, pick, randomSpec, type Random } from './randomSpec.ts';
import type { Command } from '../commands.ts';

/** What a simulated job came to. */
export interface SimulatedJob {
  readonly events: readonly JobEvent[];
  /** The invariant that did not hold after the last of `events`, in words. */
  readonly broken?: string | undefined;
  /** Numbers of the acts that chance chose. */
  readonly acts: readonly number[];
}

export interface SimulateOptions {
  /** Acts of chance before everything calms down. */
  readonly acts?: number | undefined;
  /** Acts that are left out. */
  readonly without?: ReadonlySet<number> | undefined;
}

interface Work {
  readonly stepId: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly mode: 'run' | 'probe';
  aborted: boolean;
  lingers: boolean;
  /** It was found going on on the node. */
  found?: true;
}

/**
 * One job from its start to its end, in virtual time: the real machine with a shell, nodes and a person that chance drives. Nodes fail, fall silent and
 * linger; the clock is set; putservices is killed, also between a write and its effect; the person retries, ignores, holds and releases, goes back, restarts, pauses, stops before waves, exits and rolls back,
 * and calls come twice.
 * After each event the invariants are checked.
 */
export function simulateJob(seed: number, { acts: mostActs = 60, without }: SimulateOptions = {}): SimulatedJob {
  /** Each act has chances of its own, so that any of them can be left out. */
  let random: Random = seededRandom(seed, 'job');
  const nodes: NodeEntry[] = Array.from({ length: from(random, 1, 12) }, (_, i) => ({
    nodeId: `n-${i + 1}`,
    address: `192.0.2.${i + 1}`,
    type: 'TPA',
    system: 1,
  }));
  const events: JobEvent[] = [];
  let nowMs = 1_000_000;
  let broken: string | undefined;
  /** Work that goes on on the nodes, whether anybody follows it or not. */
  const onNodes = new Map<string, Work>();
  /** Work that the shell follows. */
  let followed = new Set<Work>();
  /** Timers that are set, with the time of the master's clock that they wait for, where it is one. */
  const timers = new Map<string, number | undefined>();
  /** (step, node) whose last run has no end that the machine was told; it must be probed before it runs again. */
  const unprobed = new Set<string>();
  /** Pieces of work that ever began on a node: none has the name of another. */
  const begun = new Set<string>();
  /** A state as it was written down some time ago, and how many events it has. */
  let snapshot: { readonly text: string; readonly events: number } | undefined;
  /** Requests that were answered, by the name of the call; the answer may have been lost. */
  const calls = new Map<string, number>();

  const started: JobEvent = {
    kind: 'job-started',
    atMs: nowMs,
    jobId: 'simulated',
    jobNumber: 1,
    user: 'anna',
    spec: randomSpec(random),
    settings: {
      nodesAtOnce: from(random, 1, 6),
      ...(chance(random, 0.4)
        ? { stopAt: { job: { percent: from(random, 10, 60) }, wave: { nodes: from(random, 1, 3) } } }
        : {}),
      ...(chance(random, 0.3) ? { notBefore: instantOf(nowMs + from(random, 0, 150_000)) } : {}),
      ...(chance(random, 0.3) ? { notAfter: instantOf(nowMs + from(random, 152_000, 300_000)) } : {}),
    },
    inventory: nodes,
    ...(chance(random, 0.3) ? { approval: {} } : {}),
  };
  const outOfTime = createTimeWatch(started);
  let state = initialState(started);
  events.push(started);

  const fail = (what: string): void => void (broken ??= what);

  const commit = (body: JobEventBody, asked?: string): void => {
    const event: JobEvent = { ...body, atMs: nowMs, ...(asked === undefined ? {} : { asked }) };
    const before = state;
    state = applyEvent(state, event);
    events.push(event);
    const fault = brokenBy(event, before, state) ?? outOfTime(event, before, state);
    if (fault !== undefined) fail(fault);
    // A kill after the write, before anything of it was done.
    if (chance(random, 0.01)) return crash();
    for (const command of effectsOf(event, state)) act(command);
  };

  const act = (command: Command): void => {
    switch (command.kind) {
      case 'run':
      case 'probe': {
        const { stepId, nodeId, attempt, kind } = command;
        const key = `${stepId} ${nodeId}`;
        const readOnly = state.spec.phases
          .flatMap((phase) => phase.steps)
          .concat(state.spec.rollback)
          .find((step) => step.id === stepId)?.policy.readOnly;
        const going = onNodes.get(nodeId);
        if (kind === 'run') {
          if (going) fail(`${stepId} runs on ${nodeId} beside ${going.stepId}`);
          if (unprobed.has(key) && !readOnly) fail(`${stepId} runs again on ${nodeId} unprobed`);
          const { irreversible } = stepSpec(state.spec, stepId).policy;
          if (irreversible && !readOnly && isOnTheWay(state) && state.approval && !isApproved(state))
            fail(`${stepId} runs on ${nodeId} and nobody approved it`);
          if (begun.has(`${key} ${attempt}`)) fail(`attempt ${attempt} of ${stepId} begins twice on ${nodeId}`);
          begun.add(`${key} ${attempt}`);
          unprobed.add(key);
        }
        const work: Work = { stepId, nodeId, attempt, mode: kind, aborted: false, lingers: false };
        if (kind === 'run') onNodes.set(nodeId, work);
        followed.add(work);
        break;
      }
      case 'follow': {
        const going = onNodes.get(command.nodeId);
        if (going?.attempt === command.attempt && going.stepId === command.stepId) {
          going.aborted = false;
          going.found = true;
          followed.add(going);
        } else fail(`nothing to follow on ${command.nodeId}`);
        break;
      }
      case 'abort':
        for (const work of followed) if (work.nodeId === command.nodeId) work.aborted = true;
        break;
      case 'set-timer':
        timers.set(command.timer, undefined);
        break;
      case 'set-alarm':
        timers.set(command.timer, command.atMs);
        break;
      default:
        fail(`${command.kind} is no effect`);
    }
  };

  const skipsOf = (): { reason: string; nodeIds: string[] }[] => {
    const nodeIds = state.nodes.ids.filter(() => chance(random, 0.1));
    return nodeIds.length > 0 ? [{ reason: 'nothing to do', nodeIds }] : [];
  };

  /** What follows by itself, until it is quiet. */
  const settle = (): void => {
    for (let rounds = 0; broken === undefined; rounds += 1) {
      if (rounds > 10_000) return fail('it never comes to rest');
      const command = decide(state)[0];
      if (!command) {
        if (waitsForNothing(state, followed.size > 0 || timers.size > 0)) fail(`it waits for nobody: ${describe()}`);
        return;
      }
      if (command.kind === 'commit') commit(command.event);
      else if (command.kind === 'open-step') commit(openingOf(command.stepId));
      else if (command.kind === 'end-job') commit({ kind: 'job-ended', report: {} });
      else if (command.kind === 'judge-gate') {
        const stops = state.waveStops?.[command.nextWave] === true;
        const verdict = stops ? 'held' : pick(random, ['passed', 'passed', 'held', 'later'] as const);
        commit({
          kind: 'gate-judged',
          verdict,
          reason: 'by chance',
          ...(verdict === 'later' ? { againAtMs: nowMs + 1000 } : {}),
        });
      } else return fail(`${command.kind} does not follow by itself`);
    }
  };

  const openingOf = (stepId: string): JobEventBody => {
    const { use } = stepsOf(state.spec)
      .concat(state.spec.rollback)
      .find((step) => step.id === stepId) ?? { use: '' };
    if (chance(random, 0.03)) return { kind: 'step-stuck', stepId, cause: { code: 'internal', message: 'by chance' } };
    if (use === 'ask') return { kind: 'step-opened', stepId, screen: { of: stepId } };
    if (use === 'report') return { kind: 'step-opened', stepId };
    return chance(random, 0.05)
      ? { kind: 'step-skipped', stepId, note: 'by chance' }
      : { kind: 'step-opened', stepId, skips: skipsOf() };
  };

  const outcomeOf = (work: Work, calm: boolean): WorkOutcome => {
    const known = work.aborted
      ? pick(random, ['ok', 'failed', 'unknown'] as const)
      : calm
        ? 'ok'
        : pick(random, ['ok', 'ok', 'ok', 'warned', 'failed', 'unreachable', 'unknown'] as const);
    const cause = { code: 'by-chance', message: `${known} by chance` };
    return {
      state: known,
      ...(known === 'ok' ? {} : { cause }),
      ...(chance(random, 0.1) ? { goesBack: { inMs: from(random, 0, 100_000) } } : {}),
      ...(chance(random, 0.1) ? { goesBack: 'over' as const } : {}),
      ...(known === 'unknown' && chance(random, 0.5) ? { mayGoOn: true as const } : {}),
      ...(known !== 'ok' && known !== 'warned' && chance(random, 0.2) ? { notBegun: true as const } : {}),
      ...(known === 'failed' && chance(random, 0.3)
        ? { items: { 'item-a': 'fail', ...(chance(random, 0.3) ? { 'item-b': 'fail' } : {}) } }
        : {}),
    };
  };

  /** One piece of followed work ends, or is found to linger. */
  const end = (work: Work, calm: boolean): void => {
    const { stepId, nodeId, attempt } = work;
    const key = `${stepId} ${nodeId}`;
    if (work.mode === 'run') {
      if (work.aborted && !work.lingers && !calm && chance(random, 0.2)) {
        work.lingers = true;
        const cause = { code: 'node-busy', message: 'it does not stop' };
        return commit({ kind: 'work-lingers', stepId, nodeId, attempt, cause });
      }
      followed.delete(work);
      const outcome = outcomeOf(work, calm);
      const notBegun = outcome.notBegun === true && !work.found;
      const over = notBegun || (outcome.state !== 'unreachable' && !outcome.mayGoOn);
      if (over || chance(random, 0.5)) onNodes.delete(nodeId);
      if (notBegun) unprobed.delete(key);
      if (!work.aborted && (outcome.state === 'failed' || outcome.state === 'ok' || outcome.state === 'warned'))
        unprobed.delete(key);
      return commit({ kind: 'cell-ended', stepId, nodeId, attempt, outcome });
    }
    followed.delete(work);
    const going = onNodes.get(nodeId);
    if (going && calm) onNodes.delete(nodeId);
    const answers: readonly ProbeOutcome['done'][] = calm
      ? ['yes', 'no', 'partly']
      : going
        ? ['running', 'running', 'unreachable', 'error']
        : ['yes', 'no', 'partly', 'unreachable', 'error'];
    const done = pick(random, answers);
    if (done === 'no' || done === 'partly' || done === 'yes') unprobed.delete(key);
    commit({ kind: 'cell-probed', stepId, nodeId, attempt, outcome: { done } });
  };

  /** A timer rings; one that waits for a time of the clock never before that. */
  const ring = (): void => {
    const [timer, atMs = -Infinity] = [...timers][0] ?? [''];
    if (nowMs < atMs) return;
    timers.delete(timer);
    commit({ kind: 'timer-due', timer });
  };

  /** putservices is killed: nobody follows what goes on on the nodes, and some of it ends unseen. */
  const crash = (): void => {
    const again = replay(events);
    if (!sameState(again, state)) fail('the journal makes another state');
    state = JSON.parse(JSON.stringify(again)) as SequencerState;
    if (snapshot) {
      const taken = JSON.parse(snapshot.text) as SequencerState;
      if (!sameState(applyEvents(taken, events.slice(snapshot.events)), state))
        fail('a snapshot and the events since make another state');
    }
    snapshot = chance(random, 0.5) ? { text: JSON.stringify(state), events: events.length } : snapshot;
    followed = new Set();
    timers.clear();
    for (const [nodeId] of [...onNodes]) if (chance(random, 0.6)) onNodes.delete(nodeId);
    if (!isOver(state)) commit({ kind: 'service-restarted' });
  };

  const answer = (): JobEventBody => {
    const stepId = currentStep(state).id;
    const base = { kind: 'answered' as const, stepId, answer: { by: 'anna' }, user: 'anna' };
    if (stepId === 'select') {
      const chosen = nodes.filter(() => chance(random, 0.8)).map((node) => node.nodeId);
      return { ...base, effects: { select: chosen.length > 0 ? chosen : [nodes[0]?.nodeId ?? ''] } };
    }
    if (stepId === 'plan') return { ...base, effects: { shows: { digest: `plan-${from(random, 1, 2)}` } } };
    if (stepId !== 'waves') return base;
    const count = from(random, 1, 4);
    const waves: string[][] = Array.from({ length: count }, () => []);
    for (const nodeId of state.nodes.ids) pick(random, waves).push(nodeId);
    return { ...base, effects: { waves } };
  };

  const someNodes = (): string[] => state.nodes.ids.filter(() => chance(random, 0.3));
  /** Some of the nodes that go back by themselves said that they are confirmed. */
  const confirmation = (): JobEventBody | undefined => {
    const { goesBack } = state;
    const waiting = goesBack ? [...entriesOf(goesBack)].map(([index]) => state.nodes.ids[index] ?? '') : [];
    const nodeIds = waiting.filter(() => chance(random, 0.5));
    return nodeIds.length > 0 ? { kind: 'nodes-confirmed', nodeIds, user: 'anna' } : undefined;
  };

  const someToRollBack = (): RollbackOf =>
    pick(random, [
      {},
      { wave: from(random, 0, 3) },
      { nodeIds: state.nodes.ids.filter(() => chance(random, 0.3)) },
    ] as const);

  /** Nodes of a job that is over are asked back, now and then; answers whether they go. */
  const goesBackAfterEnd = (): boolean => {
    if (chance(random, 0.6)) return false;
    try {
      commit(rollbackEvent(state, someToRollBack(), 'bert', 'by chance'));
    } catch (error) {
      if (!(error instanceof PutError) || error.code === 'internal') fail(`a rollback threw ${String(error)}`);
      return false;
    }
    settle();
    return true;
  };

  /** A person does something that may be refused, but never with a fault of ours. */
  const person = (): void => {
    const at = currentStep(state);
    const status = statusOf(state, at.id);
    const troubled = (): string[] => {
      const table = state.cells[at.id];
      return table
        ? [...entriesOf(table.column)].flatMap(([index, cell]) =>
            needsDecision(cell) ? [state.nodes.ids[index] ?? ''] : [],
          )
        : [];
    };
    const acts: (() => JobEventBody | undefined)[] = [
      () => (status.state === 'input' ? answer() : retryEvent(state, at.id, undefined, 'anna')),
      () => (status.state === 'input' ? answer() : retryEvent(state, at.id, [pick(random, state.nodes.ids)], 'anna')),
      () => ignoreEvent(state, { stepId: at.id, nodeIds: troubled(), reason: 'by chance' }, 'anna'),
      () => ignoreEvent(state, { stepId: at.id, nodeIds: troubled(), item: 'item-a', reason: 'by chance' }, 'anna'),
      () => undoIgnoreEvent(state, { stepId: at.id, nodeIds: state.nodes.ids, item: 'item-a' }, 'anna'),
      () => undoIgnoreEvent(state, { stepId: at.id, nodeIds: state.nodes.ids }, 'anna'),
      () => continueEvent(state, 'anna', 'by chance'),
      () => continueEvent(state, 'anna', 'by chance'),
      () => (chance(random, 0.3) ? restartEvent(state, 'anna') : undefined),
      () => (chance(random, 0.3) ? backEvent(state, 'anna') : undefined),
      () => holdEvent(state, { nodeIds: someNodes(), reason: 'by chance' }, 'anna'),
      () => releaseEvent(state, someNodes(), 'anna'),
      () => retryEvent(state, at.id, someNodes(), 'anna'),
      () => {
        const [wave, stop] = [from(random, 0, 4), chance(random, 0.5)];
        return waveStopEvent(state, { wave, stop, isSo: state.waveStops?.[wave] === true }, 'anna');
      },
      () => pauseEvent(state, 'anna', 'by chance'),
      () => resumeEvent(state, 'anna'),
      () => approveEvent(state, `plan-${from(random, 1, 2)}`, pick(random, ['anna', 'bert', 'bert'])),
      () => (chance(random, 0.3) ? withdrawApprovalEvent(state, pick(random, ['anna', 'bert'])) : undefined),
      () => beginNowEvent(state, 'anna', 'by chance'),
      () => confirmation(),
      () => acceptEvent(state, { stepId: pick(random, Object.keys(state.cells)) ?? at.id }, 'anna'),
      () => retryEvent(state, pick(random, Object.keys(state.cells)) ?? at.id, someNodes(), 'anna'),
      () =>
        chance(random, 0.1)
          ? exitEvent(state, 'anna', chance(random, 0.5) && state.spec.exit !== undefined)
          : undefined,
      () => (chance(random, 0.1) ? rollbackEvent(state, someToRollBack(), 'anna', 'by chance') : undefined),
    ];
    try {
      const repeated = calls.size > 0 && chance(random, 0.1) ? pick(random, [...calls]) : undefined;
      if (repeated) {
        // The answer was lost and the call comes again: it is known by its name, whatever was killed meanwhile.
        const known = state.asked[repeated[0]];
        if (known?.eventNumber !== repeated[1]) fail(`the repeated call ${repeated[0]} is not known`);
        return;
      }
      const body = pick(random, acts)();
      if (!body) return;
      const asked = `call-${calls.size + 1}`;
      calls.set(asked, state.eventNumber + 1);
      commit(body, asked);
    } catch (error) {
      if (!(error instanceof PutError) || error.code === 'internal') fail(`a request threw ${String(error)}`);
    }
  };

  settle();
  const acts: number[] = [];
  for (let act = 0; act < mostActs && broken === undefined; act += 1) {
    if (without?.has(act)) continue;
    random = seededRandom(seed, 'act', act);
    if (isOver(state) && !goesBackAfterEnd()) break;
    acts.push(act);
    // The master's clock is set, by an hour forth or back, now and then.
    nowMs += chance(random, 0.02) ? from(random, -3_600_000, 3_600_000) : from(random, 0, 5000);
    const working = [...followed];
    if (working.length > 0 && chance(random, 0.7)) end(pick(random, working), false);
    else if (timers.size > 0 && chance(random, 0.5)) ring();
    else if (chance(random, 0.04)) crash();
    else person();
    settle();
  }
  random = seededRandom(seed, 'end');
  finish();
  if (broken === undefined && !sameState(replay(events), state)) fail('the journal makes another state');
  return { events, broken, acts };

  /** A calm end: everything that is asked for is decided, and every node does as it is told. */
  function finish(): void {
    for (let acts = 0; broken === undefined && !isOver(state); acts += 1) {
      if (acts > 2000) return fail(`it does not end: ${describe()}`);
      nowMs += 1000;
      const working = [...followed];
      if (working.length > 0) end(working[0] as Work, true);
      else if (timers.size > 0) {
        nowMs = Math.max(nowMs, ...[...timers.values()].flatMap((atMs) => atMs ?? []));
        ring();
      } else {
        const body = decision();
        if (!body) return fail(`it waits for nobody: ${describe()}`);
        commit(body);
      }
      settle();
    }
  }

  function decision(): JobEventBody | undefined {
    if (state.paused) return resumeEvent(state, 'anna');
    const at = currentStep(state);
    const status = statusOf(state, at.id);
    try {
      if (waitedFor(state).length > 0)
        return chance(random, 0.5) ? releasedHere() : continueEvent(state, 'anna', 'go on');
      if (awaitsApproval(state)) return approveEvent(state, state.approval?.asked?.digest ?? '', 'bert');
      if (status.state === 'input') return answer();
      if (heldByWindow(state) === 'late') return continueEvent(state, 'anna', 'go on');
      if (state.gate) return continueEvent(state, 'anna', 'go on');
      if (status.state !== 'attention') return undefined;
      if (status.stuck || !state.cells[at.id]) return retryEvent(state, at.id, undefined, 'anna');
      const table = state.cells[at.id];
      const open = table
        ? [...entriesOf(table.column)]
            .filter(([, cell]) => needsDecision(cell))
            .map(([index]) => state.nodes.ids[index] ?? '')
        : [];
      const counts = countsHere(state);
      if (open.length === 0 && counts && whyNotContinue(state) !== undefined) return exitEvent(state, 'anna', false);
      if (open.length > 0) return ignoreEvent(state, { stepId: at.id, nodeIds: open, reason: 'go on' }, 'anna');
      return continueEvent(state, 'anna', 'go on');
    } catch (error) {
      fail(`the way on was refused: ${String(error)}`);
      return undefined;
    }
  }

  /** Those that can come back do; where none can, the job goes on without them. */
  function releasedHere(): JobEventBody {
    const able = waitedFor(state).filter((index) => whyNotBack(state, index) === undefined);
    const nodeIds = able.map((index) => state.nodes.ids[index] ?? '');
    return able.length > 0 ? releaseEvent(state, nodeIds, 'anna') : continueEvent(state, 'anna', 'go on');
  }

  function describe(): string {
    const at = currentStep(state);
    return `${state.at.program} ${at.id} wave ${state.at.wave} of phase ${phaseOf(state.spec, at.id)?.id ?? 'none'} is ${statusOf(state, at.id).state}, ${state.flying} flying, ${state.lingering} lingering, gate ${state.gate?.state ?? 'none'}`;
  }
}
