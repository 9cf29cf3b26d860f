import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { NodeTrouble } from '../NodePort.ts';

/** A node's trouble as it goes through the driver; what leaves the driver is an answer, never this. */
export class NodeFault extends Error {
  readonly trouble: NodeTrouble;
  /** The connection broke, so that the same question may be put again over another one. */
  readonly lost: boolean;

  constructor(
    kind: NodeTrouble['kind'],
    code: ErrorCode,
    message: string,
    { lost = false, file }: { readonly lost?: boolean; readonly file?: string } = {},
  ) {
    super(message);
    this.trouble = { kind, cause: { code, message }, ...(file === undefined ? {} : { file }) };
    this.lost = lost;
  }
}

/** The connection to a node broke in the middle. */
export function lostFault(nodeId: string, why: string): NodeFault {
  return new NodeFault('unreachable', 'node-unreachable', `${nodeId}: ${why}`, { lost: true });
}

/** Codes that tell more of a node than that it does not answer. */
const TELLING: ReadonlySet<ErrorCode> = new Set([
  'node-host-key-changed',
  'node-host-key-unknown',
  'node-key-refused',
  'ssh-sign-in-refused',
  'ssh-algorithms-differ',
  'ssh-packet-too-large',
  'ssh-host-busy',
  'ssh-host-hung-up',
  'ssh-not-spoken',
  'ssh-host-silent',
  'ssh-forwarding-denied',
  'host-unknown',
  'cancelled',
]);

/** What a connection that could not be opened means to the node. */
export function faultOfConnecting(nodeId: string, error: unknown): NodeFault {
  if (error instanceof NodeFault) return error;
  if (!(error instanceof PutError)) return new NodeFault('unreachable', 'internal', `${nodeId}: ${String(error)}`);
  const code = TELLING.has(error.code) ? error.code : 'node-unreachable';
  return new NodeFault('unreachable', code, `${nodeId}: ${error.message}`);
}
