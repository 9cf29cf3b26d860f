import type { ClientChannel } from 'ssh2';
import type { InventoryNode } from '../../../core/model/inventory.ts';
import type { NodeFacts } from '../../../core/model/node.ts';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import type {
  CommandExit,
  FactSection,
  LocalFile,
  LogSink,
  NodeAnswer,
  NodeCommand,
  NodeHandle,
  WorkKey,
  WorkState,
  NodeTrouble,
} from '../NodePort.ts';
import { factsOf, factsParts, factsQuestion, type FactsCache } from './facts.ts';
import { digestsPart, parseDigests, parseTidied, pathWords, tidyScript, type SeenFile } from './fileScripts.ts';
import { createLogFollower, type Pending, type Told } from './followLog.ts';
import type { NodeConnections } from './NodeConnections.ts';
import { runScript, type Rise } from './nodeShell.ts';
import { NodeFault } from './nodeTrouble.ts';
import { putFiles } from './putFiles.ts';
import { ownTurn } from './ownTurn.ts';
import { newMark, Questions, type Question } from './questions.ts';
import { workStateOf } from './toldWork.ts';
import { lookPart, startScript, stopScript, workPathOf } from './workScripts.ts';

/** A short question. */
const ASK_MS = 30_000;
/** Facts of a node with a large rpm database on a slow disk. */
const FACTS_MS = 120_000;
const STOP_MS = 60_000;
/** Why a node cannot be connected to that was lost a moment ago and may be back in another one. */
const COME_BACK = ['node-unreachable', 'ssh-host-busy', 'ssh-host-hung-up', 'ssh-host-silent'] satisfies ErrorCode[];
const MAY_COME_BACK: ReadonlySet<string> = new Set(COME_BACK);
/** What the answer to a question may be long. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
/** What a piece of work needs at the least to begin. */
const WORK_KIB = 64;
/** Longest way of a node through a reboot. */
const REBOOT_MS = 30 * 60_000;

export interface SshNodeHandleOptions {
  readonly connections: NodeConnections;
  readonly rise: () => Rise;
  readonly facts: FactsCache;
  /** Files of the node by their paths. */
  readonly files: Map<string, SeenFile>;
  readonly closing: AbortSignal;
  /** The master's clock, to compare the node's with. */
  readonly nowMs: () => number;
  readonly steadyMs: () => number;
  /** How long a node that is lost in the middle of something is tried to be reached again, in ms. */
  readonly patienceMs: number;
  readonly wait: (waitMs: number, signal: AbortSignal) => Promise<void>;
  /** Whether old folders of work were not looked for on the node for long; then they are looked for now. */
  readonly mayClean: () => boolean;
  /** The node answered, or did not. */
  readonly seen: (cause: NodeTrouble['cause'] | undefined) => void;
  /** It let in, and why it cannot be read. */
  readonly unread: (cause: NodeTrouble['cause']) => void;
  /** Facts were read, for a job or for a person. */
  readonly onFacts: (facts: NodeFacts, sections: readonly FactSection[]) => NodeFacts;
}

/** A node by SSH on behalf of one piece of work. */
export class SshNodeHandle implements NodeHandle {
  readonly #node: InventoryNode;
  readonly #options: SshNodeHandleOptions;
  readonly #questions: Questions;
  #pending: Pending | undefined;
  #wasReached = false;

  constructor(node: InventoryNode, options: SshNodeHandleOptions) {
    this.#node = node;
    this.#options = options;
    this.#questions = new Questions((script, until, deadlineMs) => this.#ask(script, until, deadlineMs, true));
  }

  get nodeId(): string {
    return this.#node.nodeId;
  }

  get wasReached(): boolean {
    return this.#wasReached;
  }

  #pathOf(key: WorkKey): string {
    return workPathOf(this.#node.user === 'root' || this.#node.become === 'sudo', key);
  }

  async facts(sections: readonly FactSection[], signal: AbortSignal): Promise<NodeAnswer<NodeFacts>> {
    const { facts, nowMs, onFacts } = this.#options;
    const question = factsQuestion(facts, this.nodeId, sections);
    const answer = await this.#question(signal, {
      deadlineMs: FACTS_MS,
      looks: sections.some((section) => section === 'packages' || section === 'relations' || section === 'rpm'),
      parts: (files) => factsParts(sections, this.#node.service, question, files),
      read: (answers) => onFacts(factsOf(this.#node, answers, question, facts, nowMs()), sections),
    });
    if (!answer.ok && answer.trouble.kind === 'refused') this.#options.unread(answer.trouble.cause);
    return answer;
  }

  tidy(folder: string, keep: readonly string[], signal: AbortSignal): Promise<NodeAnswer<readonly string[]>> {
    return this.#answerInTurn(signal, async (until) => parseTidied(await this.#ask(tidyScript(folder, keep), until)));
  }

  digests(
    folder: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<NodeAnswer<Readonly<Record<string, string>>>> {
    const { files } = this.#options;
    return this.#question(signal, {
      ...{ deadlineMs: FACTS_MS, files: pathWords(folder, names) },
      parts: () => ({ files: digestsPart(folder, names, files) }),
      read: (answers) => parseDigests(answers.get('files') ?? '', folder, names, files),
    });
  }

  put(
    files: readonly LocalFile[],
    folder: string,
    io: { readonly signal: AbortSignal; onProgress(bytes: number, ofBytes: number): void },
  ): Promise<NodeAnswer<readonly ('there' | 'copied')[]>> {
    return this.#answerInTurn(io.signal, (until) =>
      this.#again(until, () =>
        putFiles(files, folder, {
          ...{ nodeId: this.nodeId, seen: this.#options.files },
          onProgress: (bytes, ofBytes) => io.onProgress(bytes, ofBytes),
          run: (script, channel) => this.#run(script, until, channel),
        }),
      ),
    );
  }

  start(key: WorkKey, command: NodeCommand, signal: AbortSignal): Promise<NodeAnswer<'started' | 'there'>> {
    const path = this.#pathOf(key);
    return this.#answerInTurn(signal, (until) => this.#again(until, () => this.#begin(path, command, until)));
  }

  /** Why the place of a piece of work cannot be written. `left`: KiB that its file system has left, and where that is mounted. */
  #unwritable(path: string, said: string, [leftKib, place]: readonly string[]): NodeFault {
    if (leftKib !== undefined && Number(leftKib) < WORK_KIB)
      return new NodeFault('refused', 'disk-full', `${this.nodeId}: ${place} has no room for the work (${said})`);
    return new NodeFault('refused', 'action-failed', `${this.nodeId}: ${path} cannot be written (${said})`);
  }

  /** Starts the work on a channel that stays open for its log. */
  #begin(path: string, command: NodeCommand, signal: AbortSignal): Promise<'started' | 'there'> {
    this.#pending?.drop();
    return new Promise((resolve, reject) => {
      const nonce = newMark();
      const drop = new AbortController();
      const until = AbortSignal.any([this.#options.closing, drop.signal]);
      let channel: ClientChannel | undefined;
      let take: ((bytes: Buffer) => void) | undefined;
      let told: Told | undefined;
      let lastError = '';
      let hasCome = false;
      const early: Buffer[] = [];
      const giveUp = (): void => {
        drop.abort();
        reject(new NodeFault('unreachable', 'cancelled', `the start on ${this.nodeId} was given up`));
      };
      let timer: NodeJS.Timeout | undefined;
      const late = (): void => {
        drop.abort();
        const message = `${this.nodeId} did not start the work within ${ASK_MS / 1000} s`;
        reject(new NodeFault('unreachable', 'node-timeout', message));
      };
      let isSettled = false;
      const settled = (): void => {
        isSettled = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      const run = this.#run(startScript(path, command, nonce, this.#options.mayClean()), until, {
        ...{ deadlineMs: undefined, inShell: true },
        // Waiting for a connection has deadlines of its own.
        onOpen: () => (timer = setTimeout(late, ASK_MS)),
        onOutput: (bytes, opened) => {
          channel = opened;
          hasCome = true;
          if (take) return take(bytes);
          // Nobody follows yet: the node keeps the rest.
          early.push(bytes);
          opened.pause();
        },
        onError: (line) => {
          const [mark, word, ...rest] = line.trim().split(' ');
          if (mark !== nonce) lastError = line;
          else if (word === 'started' || word === 'there') {
            settled();
            this.#pending = pending;
            resolve(word);
          } else if (word === 'fault') {
            settled();
            reject(this.#unwritable(path, lastError, rest));
          } else told = { words: [word ?? '', ...rest] };
        },
      });
      run.then(
        (code) => {
          // As after every start that came to its end; an error with its stack costs more than the rest of this.
          if (isSettled) return;
          settled();
          reject(
            new NodeFault(
              'refused',
              'action-failed',
              `${this.nodeId}: the work was not started (${lastError || `status ${code}`})`,
            ),
          );
        },
        (error: Error) => {
          settled();
          reject(error);
        },
      );
      const pending: Pending = {
        path,
        live: command.live === true,
        hasCome: () => hasCome,
        attach: async (text) => {
          take = (bytes) => {
            text.take(bytes);
            if (text.isFull) drop.abort();
          };
          for (const bytes of early.splice(0)) take(bytes);
          channel?.resume();
          await run;
          text.end();
          return told;
        },
        pause: () => channel?.pause(),
        resume: () => channel?.resume(),
        drop: () => drop.abort(),
      };
    });
  }

  look(key: WorkKey, signal: AbortSignal): Promise<NodeAnswer<WorkState>> {
    return this.#question(signal, {
      deadlineMs: ASK_MS,
      parts: () => ({ work: lookPart(this.#pathOf(key)) }),
      read: (answers) => workStateOf(answers.get('work') ?? ''),
    });
  }

  follow(key: WorkKey, fromOffset: number, sink: LogSink, signal: AbortSignal): Promise<NodeAnswer<CommandExit>> {
    const toEnd = createLogFollower(this.#pathOf(key), fromOffset, sink, {
      nodeId: this.nodeId,
      run: (script, until, io) => this.#run(script, until, io),
      wait: this.#options.wait,
      takePending: () => {
        const pending = this.#pending;
        this.#pending = undefined;
        return pending;
      },
    });
    return this.#answer(signal, async (until) => {
      const onAbort = (): void => this.#pending?.drop();
      until.addEventListener('abort', onAbort, { once: true });
      try {
        return await this.#again(until, () => toEnd(until));
      } finally {
        until.removeEventListener('abort', onAbort);
      }
    });
  }

  async stop(key: WorkKey): Promise<'stopped' | 'was-over' | 'not-confirmed'> {
    const script = stopScript(this.#pathOf(key));
    const answer = await this.#answer(new AbortController().signal, (until) => this.#ask(script, until, STOP_MS));
    const word = answer.ok ? answer.value.trim() : '';
    return word === 'stopped' || word === 'was-over' ? word : 'not-confirmed';
  }

  reboot(expected: string, signal: AbortSignal): Promise<NodeAnswer<{ readonly bootId: string }>> {
    const bootId = 'read -r boot </proc/sys/kernel/random/boot_id\necho "$boot"\n';
    return this.#answer(signal, async (until) => {
      const script = `${bootId}[ "$boot" = ${JSON.stringify(expected.replace(/[^\w-]/g, ''))} ] || exit 0
setsid sh -c 'sleep 0.5; systemctl reboot || reboot' </dev/null >/dev/null 2>&1 &
`;
      let found = (await this.#ask(script, until)).trim();
      const deadline = AbortSignal.any([until, AbortSignal.timeout(REBOOT_MS)]);
      while (found === expected) {
        if (deadline.aborted) {
          throw new NodeFault('unreachable', 'node-timeout', `${this.nodeId} did not come back with another boot`);
        }
        await this.#options.wait(500, deadline);
        // A connection that a reboot closes is no failure, and one that it lets hang is not waited for.
        found = await this.#askOnce(bootId, deadline, 5_000).catch(() => {
          this.#options.connections.drop(this.nodeId);
          return expected;
        });
        found = found.trim();
      }
      return { bootId: found };
    });
  }

  #question<T>(signal: AbortSignal, question: Question<T>): Promise<NodeAnswer<T>> {
    return this.#answer(signal, (until) => this.#questions.ask(question, signal, until));
  }

  /** The whole output of a short script. */
  #ask(script: string, signal: AbortSignal, deadlineMs = ASK_MS, inShell = false): Promise<string> {
    return this.#again(signal, () => this.#askOnce(script, signal, deadlineMs, inShell));
  }

  async #askOnce(script: string, signal: AbortSignal, deadlineMs: number, inShell = false): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    let tooLong = false;
    let lastError = '';
    const code = await this.#run(script, signal, {
      ...{ deadlineMs, inShell },
      onOutput: (bytes, channel) => {
        length += bytes.length;
        if (length <= MOST_ANSWER_BYTES) chunks.push(bytes);
        else if (!tooLong) {
          tooLong = true;
          channel.close();
        }
      },
      onError: (line) => (lastError = line),
    }).catch((error: unknown) => {
      if (tooLong) throw new NodeFault('refused', 'action-failed', `${this.nodeId} answered more than is read`);
      throw error;
    });
    if (code !== 0) {
      throw new NodeFault(
        'refused',
        'action-failed',
        `${this.nodeId}: ${lastError || `a question ended with status ${code}`}`,
      );
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #run(
    script: string,
    signal: AbortSignal,
    io: {
      readonly deadlineMs?: number | undefined;
      readonly takesInput?: boolean;
      readonly inShell?: boolean;
      onOpen?(): void;
      onOutput(bytes: Buffer, channel: ClientChannel): void;
      onError?(line: string): void;
    },
  ): Promise<number> {
    const { connections, rise, seen } = this.#options;
    return connections.use(this.nodeId, signal, async (client) => {
      seen(undefined);
      this.#wasReached = true;
      return runScript(client, script, { nodeId: this.nodeId, rise: rise(), signal, ...io });
    });
  }

  /** Asks again over another connection where one broke; what is asked so may be asked twice. */
  async #again<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const { steadyMs, patienceMs, wait } = this.#options;
    let waitMs = 250;
    let lostAtMs: number | undefined;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof NodeFault) || signal.aborted) throw error;
        // The first connection that cannot be opened is an answer; one that broke is opened again with patience.
        if (!error.lost && (lostAtMs === undefined || !MAY_COME_BACK.has(error.trouble.cause.code))) throw error;
        lostAtMs ??= steadyMs();
        if (steadyMs() - lostAtMs > patienceMs) throw error;
        await wait(waitMs, signal);
        waitMs = Math.min(2 * waitMs, 10_000);
      }
    }
  }

  /** What is made for many nodes at the same moment. */
  #answerInTurn<T>(signal: AbortSignal, ask: (until: AbortSignal) => Promise<T>): Promise<NodeAnswer<T>> {
    return this.#answer(signal, async (until) => {
      await ownTurn();
      return ask(until);
    });
  }

  async #answer<T>(signal: AbortSignal, ask: (until: AbortSignal) => Promise<T>): Promise<NodeAnswer<T>> {
    const { closing, seen } = this.#options;
    const until = AbortSignal.any([signal, closing]);
    try {
      return { ok: true, value: await ask(until) };
    } catch (error) {
      if (closing.aborted) {
        const cause = { code: 'server-stopping', message: 'putservices is being stopped' };
        return { ok: false, trouble: { kind: 'unreachable', cause } };
      }
      const fault =
        error instanceof NodeFault
          ? error
          : new NodeFault('unreachable', 'internal', `${this.nodeId}: ${String(error)}`);
      if (fault.trouble.kind === 'unreachable' && !signal.aborted) seen(fault.trouble.cause);
      return { ok: false, trouble: fault.trouble };
    }
  }
}
