import type { JobSummary } from '../../core/model/job.ts';
import { parseAnswers } from '../../core/steps/givenAnswers.ts';
import { jobSettings } from '../../core/model/jobSettings.ts';
import { requireRunWindow } from '../../core/model/runWindow.ts';
import { wholeJob } from '../../core/model/jobParts.ts';
import { partOfText } from '../../core/model/textParts.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { Caller, ChangeListener, CheckedParams, Handlers, Service, StateTopic, Topic } from '../service.ts';
import type { SeenNode } from '../nodes/NodePort.ts';
import { rowOfSeen } from '../nodes/seenRows.ts';
import { BusyNodes } from './BusyNodes.ts';
import { acceptHandlers } from './acceptRequests.ts';
import { approvalFromStart, approvalHandlers } from './approvalRequests.ts';
import { answerHandlers } from './answerRequests.ts';
import type { Drive } from './drive.ts';
import { openJobOf, topicOfJob, type OpenJob } from './openJobs.ts';
import { JobRunner } from './JobRunner.ts';
import type { RunnerJournal, RunnerPorts } from './runnerPorts.ts';
import { Journal, unreadableJob } from './Journal.ts';
import { pauseHandlers } from './pauseRequests.ts';
import { confirmHandlers } from './confirmRequests.ts';
import { SideWork } from './SideWork.ts';
import { logHandlers } from './logRequests.ts';
import { practiceHandlers } from './practiceRequests.ts';
import { runWindowHandlers } from './runWindowRequests.ts';
import type { JobServiceOptions } from './JobServiceOptions.ts';
import { selectionLibrary, WORK_DEADLINES, workThrough, type NodeWorker } from './ports.ts';
import { openRecord, recordOf, SnapshotWriter, type OpenedRecord } from './snapshots.ts';
import { sameSummary } from './jobRecord.ts';
import { stateTopic } from './stateTopic.ts';
import { tellAgain } from './tellEvent.ts';
import { ServiceStarts } from './ServiceStarts.ts';
import { createTableReader } from './stepTables.ts';
import { laterJobs } from './laterChanges.ts';
import { rollbackHandlers } from './rollbackRequests.ts';
import { reportHtml } from './reportHtml.ts';
import { requestKey } from './requestKey.ts';
import { offeredOperations, operationOf, requireNone } from './jobStart.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import {
  backEvent,
  continueEvent,
  CONTINUES,
  exitEvent,
  giveUpEvent,
  ignoreEvent,
  requireBaton,
  requireSeen,
  restartEvent,
  retryEvent,
  takeBatonEvent,
  undoIgnoreEvent,
} from '../sequencer/requests.ts';
import { isOver, type AskedOnce, type SequencerState } from '../sequencer/state.ts';
import { jobSoFar, takingPart } from '../steps/JobSoFar.ts';

function nodesState(seen: Readonly<Record<string, SeenNode>>): { readonly seen: typeof seen; readonly state: object } {
  const nodes = Object.fromEntries(Object.entries(seen).map(([nodeId, one], place) => [nodeId, rowOfSeen(one, place)]));
  return { seen, state: { nodes } };
}

/** Nodes worked on at once unless set. */
const NODES_AT_ONCE = 64;
/** Jobs in the job list; older ones stay in the journal. */
const LISTED_JOBS = 500;
/** Ended jobs whose state is kept in memory. */
const KEPT_STATES = 8;
/** Changes of the library within this time make one new screen. */
const GATHER_LIBRARY_MS = 200;
/** Reading all nodes anew is answered by then; the topic shows the rest as it comes. */
const REFRESH_ANSWER_MS = 30_000;

/**
 * Runs operations on the nodes of the system, one at a time, and keeps the history of all. A job belongs to the master: it goes on when
 * everybody has left, and after a crash it goes on where it was.
 */
export class JobService implements Service {
  readonly handlers: Handlers;
  readonly #options: JobServiceOptions;
  readonly #journal: Journal;
  readonly #runnerJournal: RunnerJournal;
  readonly #jobs = new Map<string, OpenJob>();
  readonly #busy = new BusyNodes();
  readonly #sideWork: SideWork;
  readonly #serviceStarts: ServiceStarts;
  readonly #snapshots: SnapshotWriter;
  /** State of the topic `jobs`. */
  #list: { readonly jobs: Readonly<Record<string, JobSummary>> };
  #listNumber: number;
  /** Events that were ever kept in the journal; it only grows. */
  readonly eventsEver = (): number => this.#journal.changes();
  readonly #listListeners = new Set<ChangeListener>();
  #nodes: { seen: Readonly<Record<string, SeenNode>>; state: object };
  #nodesNumber: number;
  #refreshing: Promise<void> | undefined;
  #stopGather: (() => void) | undefined;
  readonly #stopListening: (() => void)[] = [];
  readonly #worker: NodeWorker;
  readonly #readTable = createTableReader();
  #report: { readonly jobId: string; readonly eventNumber: number; readonly html: string } | undefined;
  #closed = false;

  /**
   * Opens the journal and takes up the job that was running: its work is unknown until probed.
   * @throws PutError state-newer, state-locked, state-damaged, journal-unwritable
   */
  constructor(options: JobServiceOptions) {
    this.#options = options;
    const { library, driver } = options;
    this.#worker = options.worker ?? workThrough(driver, (fileName) => library.filePath?.(fileName) ?? fileName);
    this.#sideWork = new SideWork({
      ...{ worker: this.#worker, clock: options.clock, busy: this.#busy },
      deadlines: { ...WORK_DEADLINES, ...options.deadlines },
      concurrency: Math.max(1, options.concurrency ?? NODES_AT_ONCE),
    });
    this.#serviceStarts = new ServiceStarts({
      driver: options.driver,
      sideWork: this.#sideWork,
      clock: options.clock,
      // What was done on nodes is done, whether or not the timeline can be written.
      tell: (...lines) => {
        try {
          options.tell(...lines);
        } catch (error) {
          options.log.error('the timeline could not be told', { text: lines[0]?.text, ...reportOf(error) });
        }
      },
    });
    this.#journal = new Journal(options.journalPath, options.log);
    this.#snapshots = new SnapshotWriter(this.#journal, options.clock, options.log, options.snapshotEvery);
    this.#runnerJournal = options.wrapJournal?.(this.#journal) ?? this.#journal;
    try {
      const listed = this.#journal.summaries(LISTED_JOBS).map((summary) => [summary.jobId, summary] as const);
      this.#list = { jobs: Object.fromEntries(listed) };
      this.#listNumber = this.#journal.changes();
      this.#nodes = nodesState(options.driver.rows());
      this.#nodesNumber = options.clock.nowMs();
      this.handlers = this.#makeHandlers();
      for (const jobId of this.#journal.openJobs()) this.#reading(jobId, () => this.#resume(jobId));
      const newest = this.#journal.summaries(1)[0];
      if (newest?.endedAtMs !== undefined)
        this.#reading(newest.jobId, () => this.#opened(newest.jobId, (opened) => tellAgain(opened, options)));
      this.#archive();
    } catch (error) {
      this.#journal.close();
      throw error;
    }
    this.#stopListening.push(
      options.library.onChange(() => {
        this.#stopGather ??= options.clock.setTimer(GATHER_LIBRARY_MS, () => {
          this.#stopGather = undefined;
          this.#running()?.libraryChanged();
        });
      }),
      options.driver.onRowsChange(() => (this.#nodesNumber += 1)),
    );
  }

  /** Whether a job is under way that has not ended; told anew by `onListChange`. */
  isRunning(): boolean {
    return this.#running() !== undefined;
  }

  onListChange(listener: () => void): () => void {
    this.#listListeners.add(listener);
    return () => this.#listListeners.delete(listener);
  }

  topic(name: string, _caller: Caller): Topic | undefined {
    if (name === 'jobs')
      return stateTopic(
        () => this.#list,
        () => this.#listNumber,
        this.#listListeners,
      );
    if (name === 'nodes') return this.#nodesTopic();
    if (!name.startsWith('job:')) return undefined;
    return topicOfJob(name, (jobId) => this.#job(jobId));
  }

  /** Stops running work; the next start probes what it had begun. */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#stopGather?.();
    for (const stop of this.#stopListening) stop();
    this.#sideWork.close();
    this.#snapshots.close();
    for (const { runner } of this.#jobs.values()) {
      runner.close();
      this.#snapshots.now(runner);
    }
    const { archive } = this.#options;
    if (archive) return archive.close().finally(() => this.#journal.close());
    this.#journal.close();
    return Promise.resolve();
  }

  #nodesTopic(): StateTopic {
    const { driver } = this.#options;
    return {
      kind: 'state',
      state: () => {
        const seen = driver.rows();
        if (seen !== this.#nodes.seen) this.#nodes = nodesState(seen);
        return this.#nodes.state;
      },
      number: () => this.#nodesNumber,
      onChange: (listener) => driver.onRowsChange(listener),
    };
  }

  #makeHandlers(): Handlers {
    return {
      'operation.list': () => offeredOperations(),
      'job.start': (params, caller) => this.#start(params, caller),
      ...answerHandlers({
        clock: this.#options.clock,
        stateOf: (jobId) => this.#job(jobId).state(),
        library: () => selectionLibrary(this.#options.library),
        drive: this.#drive,
      }),
      'job.back': (params, caller) => {
        this.#drive('job.back', ['went-back'], params, caller, (state) => backEvent(state, caller.user));
        return {};
      },
      'job.continue': (params, caller) => {
        this.#drive('job.continue', CONTINUES, params, caller, (state) =>
          continueEvent(state, caller.user, 'accepted with Next'),
        );
        return {};
      },
      'job.retry': (params, caller) => {
        const { stepId, nodeIds } = params;
        const done = this.#drive('job.retry', ['retried'], params, caller, (state) =>
          retryEvent(state, stepId, nodeIds, caller.user),
        );
        return { retried: done.nodes };
      },
      'job.ignore': (params, caller) => {
        const done = this.#drive('job.ignore', ['ignored'], params, caller, (state) =>
          ignoreEvent(state, { ...params, item: params.packageName }, caller.user),
        );
        return { ignored: done.nodes };
      },
      'job.giveUp': (params, caller) => {
        const reason = params.reason ?? 'no reason was given';
        const done = this.#drive('job.giveUp', ['given-up'], params, caller, (state) =>
          giveUpEvent(state, { ...params, reason }, caller.user),
        );
        return { stopping: done.nodes };
      },
      'job.undoIgnore': (params, caller) => {
        const { packageName: item } = params;
        const done = this.#drive('job.undoIgnore', ['ignore-undone'], params, caller, (state) =>
          undoIgnoreEvent(state, { ...params, item }, caller.user),
        );
        return { undone: done.nodes };
      },
      'job.cancel': (params, caller) => {
        const { choice, startServices } = params;
        const kind = choice === 'exit' ? 'exit-asked' : 'step-restarted';
        this.#drive('job.cancel', [kind], params, caller, (state) =>
          choice === 'exit' ? exitEvent(state, caller.user, startServices === true) : restartEvent(state, caller.user),
        );
        return {};
      },
      ...approvalHandlers({
        ...{ policy: this.#options.approval, clock: this.#options.clock, tell: this.#options.tell },
        request: (...asked) => this.#request(...asked),
      }),
      ...acceptHandlers((...asked) => this.#once(...asked)),
      ...pauseHandlers(this.#drive),
      ...runWindowHandlers(this.#drive, this.#options.clock),
      ...confirmHandlers({
        ...{ sideWork: this.#sideWork, clock: this.#options.clock, tell: this.#options.tell },
        stateOf: (jobId) => this.#job(jobId).state(),
        request: (...asked) => this.#request(...asked),
      }),
      ...rollbackHandlers({
        once: (...asked) => this.#once(...asked),
        stateOf: (jobId) => this.#job(jobId).state(),
        running: () => this.#running()?.summary,
        later: laterJobs(this.#journal, (jobId) => this.#jobs.get(jobId)?.state(), this.#options.log),
        known: (method, params, { user }) => this.#job(params.jobId).state().asked[requestKey(method, user, params)],
        clock: this.#options.clock,
        library: () => selectionLibrary(this.#options.library),
      }),
      'job.takeBaton': (params, caller) => {
        const { seen, reason } = params;
        this.#once('job.takeBaton', params, caller, (state) =>
          takeBatonEvent(state, seen.eventNumber, caller.user, reason),
        );
        return {};
      },
      ...logHandlers({
        ...{ journal: this.#journal, clock: this.#options.clock },
        runnerOf: (jobId) => this.#job(jobId).runner,
      }),
      'job.table': (params) => this.#readTable(this.#job(params.jobId).record(), params),
      'job.reportHtml': ({ jobId, from = 0 }) => {
        const { parts } = this.#job(jobId);
        const head = parts.head();
        if (!head.report)
          throw new PutError('step-not-current', `job ${head.jobNumber} has not ended, so it has no report`);
        // Kept while its parts are asked for.
        const { eventNumber } = head;
        if (this.#report?.jobId !== jobId || this.#report.eventNumber !== eventNumber)
          this.#report = { jobId, eventNumber, html: reportHtml(wholeJob(head, parts.read)) };
        const { text, next } = partOfText(this.#report.html, from);
        return { html: text, ...(next === undefined ? {} : { next }) };
      },
      ...practiceHandlers({ ...this.#options, running: () => this.#running()?.summary }),
      'nodes.refresh': () => this.#refresh(),
      'nodes.startServices': ({ nodeIds }, caller) => {
        const state = this.#running()?.state;
        const inJob = state && {
          jobNumber: state.jobNumber,
          nodeIds: takingPart(jobSoFar(state)).map(({ nodeId }) => nodeId),
        };
        return this.#serviceStarts.start(nodeIds, caller.user, inJob);
      },
    };
  }

  #start(params: CheckedParams<'job.start'>, caller: Caller): { jobId: string; jobNumber: number } {
    const { jobId, operationId, answers, acceptPlan, settings } = params;
    const known = this.#jobs.get(jobId)?.runner.summary ?? this.#journal.summary(jobId);
    // The same start came before: its answer was lost with a line.
    if (known) return { jobId, jobNumber: known.jobNumber };
    const spec = (this.#options.operationOf ?? operationOf)(operationId);
    const given = answers && parseAnswers(spec, answers);
    const { concurrency, settings: ofMaster } = this.#options;
    const checked = jobSettings(spec.settings, settings, {
      ...ofMaster,
      ...(concurrency === undefined ? {} : { nodesAtOnce: concurrency }),
    });
    requireRunWindow(checked, this.#options.clock.nowMs());
    requireNone(this.#running()?.summary);
    const jobNumber = this.#journal.nextJobNumber();
    const listeners = new Set<ChangeListener>();
    const runner = JobRunner.start(this.#runnerPorts(jobId, listeners), {
      ...{ kind: 'job-started', jobId, jobNumber, user: caller.user, spec },
      settings: checked,
      inventory: this.#options.driver.entries(),
      ...approvalFromStart(this.#options.approval, spec, params, caller.user),
      ...(given ? { given: { answers: given, acceptPlan: acceptPlan === true, by: caller.user } } : {}),
    });
    this.#keep(jobId, openJobOf(runner, listeners));
    this.#changed(jobId, listeners);
    return { jobId, jobNumber };
  }

  /** One job that cannot be read is listed with its reason; the others work. */
  #reading(jobId: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof PutError) || !['state-damaged', 'job-unknown'].includes(error.code)) throw error;
      this.#options.log.error('a job cannot be read', { jobId, reason: error.message });
      const { jobNumber = 0 } = this.#journal.summary(jobId) ?? {};
      this.#list = { jobs: { ...this.#list.jobs, [jobId]: unreadableJob(jobId, jobNumber, error.message) } };
    }
  }

  #resume(jobId: string): void {
    const listeners = new Set<ChangeListener>();
    const runner = this.#opened(jobId, (opened) => JobRunner.resume(this.#runnerPorts(jobId, listeners), opened));
    this.#keep(jobId, openJobOf(runner, listeners));
    this.#changed(jobId, listeners);
  }

  /** Throws `job-unknown`. */
  #opened<T>(jobId: string, then: (opened: OpenedRecord) => T): T {
    const opened = openRecord(this.#journal, jobId, this.#options.log);
    if (!opened) throw new PutError('job-unknown', `there is no job ${jobId}`, { jobId });
    this.#snapshots.opened(opened);
    return then(opened);
  }

  #runnerPorts(jobId: string, listeners: ReadonlySet<ChangeListener>): RunnerPorts {
    const { clock, tell, log, deadlines } = this.#options;
    return {
      clock,
      worker: this.#worker,
      tell,
      log,
      busy: this.#busy,
      journal: this.#runnerJournal,
      paces: (operationId) => this.#journal.pacesOf(operationId),
      library: () => selectionLibrary(this.#options.library),
      deadlines: { ...WORK_DEADLINES, ...deadlines },
      // What is before a snapshot is not told again after a crash.
      onTold: (job) => this.#snapshots.offer(job),
      onChange: () => this.#changed(jobId, listeners),
    };
  }

  #archive(): void {
    void this.#options.archive?.run(this.#journal, (jobId) => {
      const { [jobId]: _gone, ...others } = this.#list.jobs;
      this.#jobs.delete(jobId);
      this.#setJobs(others);
    });
  }

  #setJobs(jobs: Readonly<Record<string, JobSummary>>, turned = false): void {
    this.#list = { jobs };
    this.#listNumber = Math.max(this.#listNumber + 1, this.#journal.changes());
    for (const listener of [...this.#listListeners]) listener(turned);
  }

  #changed(jobId: string, listeners: ReadonlySet<ChangeListener>): void {
    const job = this.#jobs.get(jobId);
    if (!job) return;
    const { [jobId]: before } = this.#list.jobs;
    const summary = job.runner.summary;
    const turned = before?.currentStep !== summary.currentStep || before.state !== summary.state;
    if (!sameSummary(before, summary)) {
      this.#setJobs({ ...this.#list.jobs, [jobId]: summary }, turned);
      if (summary.endedAtMs !== undefined) this.#archive();
    }
    for (const listener of [...listeners]) listener(turned);
  }

  /** Keeps a job in memory; the longest unused ended ones that nobody watches go. */
  #keep(jobId: string, job: OpenJob): void {
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, job);
    for (const [id, other] of this.#jobs) {
      if (this.#jobs.size <= KEPT_STATES) break;
      if (id !== jobId && other.listeners.size === 0 && isOver(other.state())) this.#jobs.delete(id);
    }
  }

  /** Throws `job-unknown`. */
  #job(jobId: string): OpenJob {
    const open = this.#jobs.get(jobId);
    if (open) return open;
    const listeners = new Set<ChangeListener>();
    const record = this.#opened(jobId, recordOf);
    const job = openJobOf(JobRunner.ended(this.#runnerPorts(jobId, listeners), record), listeners);
    this.#keep(jobId, job);
    return job;
  }

  /** The job that is not over. */
  #running(): JobRunner | undefined {
    for (const { runner } of this.#jobs.values()) if (!isOver(runner.state)) return runner;
    return undefined;
  }

  readonly #drive: Drive = (method, kinds, params, caller, decideOn) =>
    this.#once(method, params, caller, (state) => {
      requireBaton(state, caller.user);
      requireSeen(state, params.seen, kinds, caller.user);
      return decideOn(state);
    });

  #once(
    method: MethodName,
    params: { jobId: string },
    caller: Caller,
    decideOn: (state: SequencerState) => JobEventBody | undefined,
  ): AskedOnce {
    if (this.#closed) throw new PutError('server-stopping', 'putservices is being stopped');
    const key = requestKey(method, caller.user, params);
    const known = this.#job(params.jobId).state().asked[key];
    if (known) return known;
    const state = this.#request(params.jobId, decideOn, key);
    return state.asked[key] ?? { eventNumber: state.eventNumber, nodes: 0 };
  }

  /** A decision of a person; `key` names the request where a repeat must be known. */
  #request(jobId: string, decideOn: (state: SequencerState) => JobEventBody | undefined, key?: string): SequencerState {
    if (this.#closed) throw new PutError('server-stopping', 'putservices is being stopped');
    const { runner } = this.#job(jobId);
    runner.request(decideOn, key);
    return runner.state;
  }

  async #refresh(): Promise<Record<string, never>> {
    const { driver, clock, log } = this.#options;
    this.#refreshing ??= driver
      .refresh()
      .catch((error: unknown) => log.warn('the nodes could not be read anew', { ...reportOf(error) }))
      .finally(() => (this.#refreshing = undefined));
    let stop: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (stop = clock.setTimer(REFRESH_ANSWER_MS, resolve)));
    await Promise.race([this.#refreshing, enough]);
    stop();
    return {};
  }
}
