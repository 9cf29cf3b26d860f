import { PutError } from '../../core/protocol/errors.ts';

/**
 * Nodes on which work is under way, whoever began it: one piece of work a node, until it is known to have ended. It outlives a job
 * that was exited while its work did not stop.
 */
export class BusyNodes {
  readonly #holders = new Map<string, { readonly holder: object; readonly what: string }>();

  /** Takes the node for work of `holder`, called `what`. @throws PutError node-busy while somebody else's work is not known to have ended. */
  take(nodeId: string, holder: object, what: string): void {
    const other = this.#holders.get(nodeId);
    if (other && other.holder !== holder) {
      throw new PutError(
        'node-busy',
        `${other.what} is not known to have ended on ${nodeId}: nothing else is begun there until it has`,
        { nodeId },
      );
    }
    this.#holders.set(nodeId, { holder, what });
  }

  /** The work of `holder` has ended; nothing happens where the node is somebody else's. */
  free(nodeId: string, holder: object): void {
    if (this.#holders.get(nodeId)?.holder === holder) this.#holders.delete(nodeId);
  }
}
