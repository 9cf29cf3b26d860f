import { type KnownFacts, withAnswer } from '../../core/model/knownFacts.ts';
import { errorOf, PutError } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import type { Service } from '../service.ts';
import { FACT_SECTIONS, type FactSection, type FactsListener, type NodeHandle, type NodePort } from './NodePort.ts';

/** Everything but what only a plan needs. */
const READ_SECTIONS: readonly FactSection[] = FACT_SECTIONS.filter((section) => section !== 'relations');
/** Reading one node is answered after this at the latest. */
const READ_MS = 25_000;

/** The nodes of a driver, with what they last said of themselves kept by section; everything that is read for jobs counts. */
export interface FactsKept {
  readonly driver: NodePort;
  /** Answers `nodes.facts`. */
  readonly service: Service;
}

export function keepFacts(driver: NodePort, clock: Clock): FactsKept {
  const known = new Map<string, KnownFacts>();
  const note: FactsListener = (facts, sections) =>
    void known.set(facts.nodeId, withAnswer(known.get(facts.nodeId), facts, sections, clock.nowMs()));
  const stopListening = driver.onFacts?.(note);
  const keeping = (handle: NodeHandle): NodeHandle => ({
    nodeId: handle.nodeId,
    get wasReached() {
      return handle.wasReached;
    },
    facts: async (sections, signal) => {
      const answer = await handle.facts(sections, signal);
      if (answer.ok) note(answer.value, sections);
      return answer;
    },
    put: (...given) => handle.put(...given),
    tidy: (...given) => handle.tidy(...given),
    digests: (...given) => handle.digests(...given),
    start: (...given) => handle.start(...given),
    look: (...given) => handle.look(...given),
    follow: (...given) => handle.follow(...given),
    stop: (...given) => handle.stop(...given),
    reboot: (...given) => handle.reboot(...given),
  });
  const kept: NodePort = {
    kind: driver.kind,
    entries: () => driver.entries(),
    node: (nodeId, onBehalf) => {
      const handle = driver.node(nodeId, onBehalf);
      return stopListening ? handle : keeping(handle);
    },
    rows: () => driver.rows(),
    onRowsChange: (listener) => driver.onRowsChange(listener),
    refresh: () => driver.refresh(),
    ...(driver.practice ? { practice: driver.practice } : {}),
    close: () => driver.close(),
  };
  const read = async (nodeId: string): Promise<void> => {
    const deadline = new AbortController();
    const stop = clock.setTimer(READ_MS, () => deadline.abort());
    try {
      const onBehalf = { jobId: 'facts', stepId: 'facts', attempt: 0, mode: 'probe' } as const;
      const answer = await kept.node(nodeId, onBehalf).facts(READ_SECTIONS, deadline.signal);
      if (answer.ok) return;
      // What is to be done about a key, a password or a missing rpm is not what is to be done about a node that is off.
      const { code, message } = answer.trouble.cause;
      throw errorOf({ code, message, details: { nodeId } });
    } finally {
      stop();
    }
  };
  return {
    driver: kept,
    service: {
      handlers: {
        'nodes.facts': async ({ nodeId, read: anew }) => {
          if (!driver.entries().some((entry) => entry.nodeId === nodeId)) {
            throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
          }
          if (anew === true) await read(nodeId);
          const facts = known.get(nodeId) ?? { nodeId, readAtMs: {}, facts: {} };
          const seen = driver.rows()[nodeId];
          if (!seen || seen.packages.length === 0) return facts;
          const withSeen = { ...facts, facts: { ...facts.facts, packages: seen.packages } };
          const readAtMs = facts.readAtMs.packages;
          const { seenAtMs = 0 } = seen;
          // The list of nodes may know of packages without having read them for anybody; those that were read are shown as they were then.
          if (readAtMs === undefined) return withSeen;
          // A driver that does not tell of its readings has read them with the row: after a reset, after the end of a dead-man.
          return !stopListening && seen.reachable === 'yes' && seenAtMs > readAtMs
            ? { ...withSeen, readAtMs: { ...facts.readAtMs, packages: seenAtMs } }
            : facts;
        },
      },
      topic: () => undefined,
      close: () => {
        stopListening?.();
        return Promise.resolve();
      },
    },
  };
}
