import { basename } from 'node:path/posix';
import { PutError } from '../../../core/protocol/errors.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import type { PracticeFiles, PracticeNodeState } from '../../nodes/sim/PracticeNodeStore.ts';

type Line = Readonly<Record<string, unknown>>;

const STATE_ENDING = '.node.json';

/**
 * The disks of practice nodes in memory. What is written to them proves what was done on a node, whatever putservices believes: `broken` says what should
 * never have happened.
 */
export class MemoryNodeFiles implements PracticeFiles {
  readonly #texts = new Map<string, string>();
  readonly #states = new Map<string, PracticeNodeState>();
  /** Commands that were ever started on a node, by job, step, attempt and words. */
  readonly #started = new Set<string>();
  readonly #lines = new Map<string, Line[]>();
  broken: string | undefined;

  /** How a node is; undefined while nothing was ever changed there. */
  state(nodeId: string): PracticeNodeState | undefined {
    return this.#states.get(nodeId);
  }

  /** What was done on a node, oldest first. */
  diary(nodeId: string): readonly Line[] {
    return this.#lines.get(nodeId) ?? [];
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#texts.keys()].map((path) => basename(path)));
  }

  read(path: string): Promise<string> {
    const text = this.#texts.get(path);
    return text === undefined
      ? Promise.reject(new PutError('internal', `${path} is not there`))
      : Promise.resolve(text);
  }

  replace(path: string, text: string): Promise<void> {
    this.#texts.set(path, text);
    const after = JSON.parse(text) as PracticeNodeState;
    this.#look(this.#states.get(after.nodeId), after);
    this.#states.set(after.nodeId, after);
    return Promise.resolve();
  }

  append(path: string, text: string): Promise<void> {
    const nodeId = basename(path).split('.')[0] ?? '';
    const line = JSON.parse(text) as Line;
    const lines = this.#lines.get(nodeId) ?? [];
    this.#lines.set(nodeId, lines);
    lines.push(line);
    this.#hear(nodeId, line);
    return Promise.resolve();
  }

  rename(from: string, to: string): Promise<void> {
    const text = this.#texts.get(from);
    if (text !== undefined) this.#texts.set(to, text);
    return this.remove(from);
  }

  remove(path: string): Promise<void> {
    this.#texts.delete(path);
    if (path.endsWith(STATE_ENDING)) this.#states.delete(basename(path).slice(0, -STATE_ENDING.length));
    return Promise.resolve();
  }

  #fail(what: string): void {
    this.broken ??= what;
  }

  /** A command that runs ends, is cut by a loss of power, or goes on; none begins beside it. */
  #look(before: PracticeNodeState | undefined, after: PracticeNodeState): void {
    const running = (state: PracticeNodeState | undefined): string[] =>
      (state?.work ?? []).filter(({ ended }) => !ended).map(({ key }) => `${key.jobId} ${key.stepId} ${key.attempt}`);
    const now = running(after);
    if (now.length > 1) this.#fail(`${after.nodeId} has two pieces of work: ${now.join(', ')}`);
    const ended = after.work.filter((one) => one.ended).map(({ key }) => `${key.jobId} ${key.stepId} ${key.attempt}`);
    const lost = running(before).find((key) => !now.includes(key) && !ended.includes(key));
    if (lost !== undefined && after.boots === before?.boots) this.#fail(`${lost} is gone from ${after.nodeId}`);
  }

  #hear(nodeId: string, line: Line): void {
    const { event, jobId, stepId, attempt, action } = line as Record<string, string>;
    if (event === 'started') {
      const key = `${nodeId} ${jobId ?? ''} ${stepId ?? ''} ${attempt ?? ''} ${action ?? ''}`;
      if (this.#started.has(key)) this.#fail(`${key} was started twice`);
      this.#started.add(key);
    } else if (event === 'package-begun') {
      const builds = (this.#states.get(nodeId)?.packages ?? []).filter(
        (one) => formatNevra(one) === line['package'] || line['package'] === undefined,
      );
      const names = new Set(builds.map(({ name }) => name));
      const others = (this.#states.get(nodeId)?.packages ?? []).filter(({ name }) => names.has(name));
      if (builds.length > 0 && others.length === builds.length)
        this.#fail(`${String(line['package'])} was whole on ${nodeId} and is installed again`);
    }
  }
}
