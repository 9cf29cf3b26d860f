import type { FileCaller } from '../../service.ts';

/** A caller that remembers the credit it was given, and can be waited on for it. */
export class TestCaller implements FileCaller {
  readonly clientSystem = 'laptop';
  readonly sessionId: string;
  readonly user: string;
  readonly credits: [number, number, number][] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(sessionId = 's1', user = 'anna') {
    this.sessionId = sessionId;
    this.user = user;
  }

  sendFileCredit(transfer: number, stored: number, allowed: number): void {
    this.credits.push([transfer, stored, allowed]);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async allowedFor(transfer: number): Promise<number> {
    for (;;) {
      const last = this.credits.findLast(([number]) => number === transfer);
      if (last) return last[2];
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
