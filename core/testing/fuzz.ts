import { PutError } from '../protocol/errors.ts';
import type { Random } from '../session/ports.ts';
import { createRandom } from './random.ts';

/** What is fuzzed: a reader of bytes from outside, and good input to spoil. */
export interface FuzzTarget {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** Reads; may throw a PutError. Anything else thrown, and taking longer than `slowMs`, is a finding. */
  read(bytes: Uint8Array, random: Random): void | Promise<void>;
}

export interface FuzzFinding {
  readonly target: string;
  readonly seed: number;
  readonly bytes: Uint8Array;
  readonly reason: string;
}

export interface FuzzReport {
  readonly runs: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly findings: readonly FuzzFinding[];
}

/** Values that break length and sign handling. */
const EDGES = [0, 1, 0x17, 0x18, 0x1f, 0x7f, 0x80, 0x9f, 0xbf, 0xdf, 0xfe, 0xff];
const LONGEST_BYTES = 1 << 20;

function mutate(sample: Uint8Array, samples: readonly Uint8Array[], random: Random): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = new Uint8Array(sample);
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    const length = 1 + below(Math.min(16, bytes.length - at + 1));
    switch (below(8)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = EDGES[below(EDGES.length)] ?? 0;
        break;
      case 2:
        bytes.fill(EDGES[below(EDGES.length)] ?? 0, at, at + length);
        break;
      case 3:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 4:
        bytes = new Uint8Array(bytes.subarray(0, at));
        break;
      case 5: {
        const doubled = bytes.subarray(at, at + length * (1 + below(64)));
        bytes = concat(bytes.subarray(0, at), doubled, bytes.subarray(at));
        break;
      }
      case 6: {
        const other = samples[below(samples.length)] ?? bytes;
        bytes = concat(bytes.subarray(0, at), other.subarray(below(other.length + 1)));
        break;
      }
      default:
        bytes = concat(
          bytes.subarray(0, at),
          Uint8Array.from({ length }, () => below(256)),
          bytes.subarray(at),
        );
    }
  }
  return bytes.length > LONGEST_BYTES ? bytes.subarray(0, LONGEST_BYTES) : bytes;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The input of one run; depends on the seed and the samples alone. */
export function fuzzInput(target: FuzzTarget, seed: number): Uint8Array {
  const random = createRandom(seed);
  const sample = target.samples[Math.floor(random() * target.samples.length)] ?? new Uint8Array(0);
  return random() < 0.05
    ? Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256))
    : mutate(sample, target.samples, random);
}

/** Reads one input; answers what came of it: `accepted`, a code, or a finding. */
export async function fuzzOnce(
  target: FuzzTarget,
  bytes: Uint8Array,
  seed: number,
): Promise<{ outcome: string; finding?: FuzzFinding }> {
  try {
    await target.read(bytes, createRandom(seed ^ 0x5eed));
    return { outcome: 'accepted' };
  } catch (error) {
    if (error instanceof PutError && error.code !== 'internal') return { outcome: error.code };
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { outcome: 'finding', finding: { target: target.name, seed, bytes, reason } };
  }
}

/**
 * Feeds a target with spoiled samples until `goOn` answers false, one seed after another from `firstSeed`, so that every run can be had
 * again by its own seed. `nowMs` measures how long a read takes; beyond `slowMs` it is a finding.
 */
export async function fuzz(
  target: FuzzTarget,
  options: { firstSeed: number; goOn: (runs: number) => boolean; nowMs?: () => number; slowMs?: number },
): Promise<FuzzReport> {
  const { firstSeed, goOn, nowMs = () => 0, slowMs = Infinity } = options;
  const refused: Record<string, number> = {};
  const findings: FuzzFinding[] = [];
  let runs = 0;
  let accepted = 0;
  let slowestMs = 0;
  while (goOn(runs) && findings.length < 10) {
    const seed = (firstSeed + runs++) >>> 0;
    const bytes = fuzzInput(target, seed);
    const startedMs = nowMs();
    const { outcome, finding } = await fuzzOnce(target, bytes, seed);
    const tookMs = nowMs() - startedMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (finding) findings.push(finding);
    else if (tookMs > slowMs) findings.push({ target: target.name, seed, bytes, reason: `took ${tookMs} ms` });
    else if (outcome === 'accepted') accepted++;
    else refused[outcome] = (refused[outcome] ?? 0) + 1;
  }
  return { runs, accepted, refused, slowestMs, findings };
}
