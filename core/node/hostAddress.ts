import { lookup } from 'node:dns/promises';

/** How long a name that was looked up before may take again, in ms, before its address of then is used. */
const PATIENCE_MS = 500;
/** Names whose addresses are remembered. */
const MOST_REMEMBERED = 256;

/**
 * Looks names up for diallers. One question a name is under way at a time: a lookup cannot be given up, and a few that hang
 * would hold the threads that reading files needs too. While the resolver is silent or away, as it is when a line has just come
 * back, the address of the last answer is used; who answers there is judged by its certificate.
 */
export class HostAddresses {
  readonly #look: (host: string) => Promise<{ address: string }>;
  readonly #underWay = new Map<string, Promise<string>>();
  readonly #remembered = new Map<string, string>();

  constructor(look: (host: string) => Promise<{ address: string }> = lookup) {
    this.#look = look;
  }

  /** The address of a host. Rejects as the resolver does when nothing is remembered. */
  async of(host: string): Promise<string> {
    const question = this.#underWay.get(host) ?? this.#ask(host);
    const remembered = this.#remembered.get(host);
    if (remembered === undefined) return question;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<string>((resolve) => (timer = setTimeout(() => resolve(remembered), PATIENCE_MS)));
    return Promise.race([question.catch(() => remembered), patience]).finally(() => clearTimeout(timer));
  }

  #ask(host: string): Promise<string> {
    const question = this.#look(host)
      .then(({ address }) => {
        this.#remembered.delete(host);
        this.#remembered.set(host, address);
        const oldest = this.#remembered.keys().next().value;
        if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
        return address;
      })
      .finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, question);
    // Nobody may be waiting any more when it fails.
    question.catch(() => {});
    return question;
  }
}
