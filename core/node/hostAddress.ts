import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** How long a name that was looked up before may take again, in ms, before its addresses of then are used. */
const PATIENCE_MS = 500;
/** Names whose addresses are remembered. */
const MOST_REMEMBERED = 256;
/** Addresses of one name that are tried; a name with more is a balancer's, and the first ones do. */
const MOST_ADDRESSES = 8;

/** Every address of a name, in the order in which the system would use them. */
export type LookUp = (host: string) => Promise<readonly { readonly address: string }[]>;

const askSystem: LookUp = (host) => lookup(host, { all: true, order: 'verbatim' });

/** Addresses in turns of their families, beginning with the family of the first (RFC 8305, section 4). */
export function inTurnsOfFamilies(addresses: readonly string[]): string[] {
  const first = addresses.filter((address) => isIP(address) === isIP(addresses[0] ?? ''));
  const other = addresses.filter((address) => !first.includes(address));
  return first.flatMap((address, i) => [address, ...other.slice(i, i + 1)]).concat(other.slice(first.length));
}

/**
 * Looks names up for diallers. One question a name is under way at a time: a lookup cannot be given up, and a few that hang
 * would hold the threads that reading files needs too. While the resolver is silent or away, as it is when a line has just come
 * back, the addresses of the last answer are used; who answers there is judged by its certificate.
 */
export class HostAddresses {
  readonly #look: LookUp;
  readonly #underWay = new Map<string, Promise<readonly string[]>>();
  readonly #remembered = new Map<string, readonly string[]>();
  readonly #worked = new Map<string, string>();

  constructor(look: LookUp = askSystem) {
    this.#look = look;
  }

  /** The addresses of a host, at least one: the one that worked last, then the others. Rejects as the resolver does when nothing is remembered. */
  async of(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const addresses = await this.#lookedUp(host);
    const worked = this.#worked.get(host);
    return worked !== undefined && addresses.includes(worked)
      ? [worked, ...addresses.filter((address) => address !== worked)]
      : addresses;
  }

  /** The address that took the last connection, to be tried first at the next one. */
  worked(host: string, address: string): void {
    if (isIP(host) === 0) keep(this.#worked, host, address);
  }

  async #lookedUp(host: string): Promise<readonly string[]> {
    const question = this.#underWay.get(host) ?? this.#ask(host);
    const remembered = this.#remembered.get(host);
    if (remembered === undefined) return question;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<readonly string[]>(
      (resolve) => (timer = setTimeout(() => resolve(remembered), PATIENCE_MS)),
    );
    return Promise.race([question.catch(() => remembered), patience]).finally(() => clearTimeout(timer));
  }

  #ask(host: string): Promise<readonly string[]> {
    const question = this.#look(host)
      .then((answers) => {
        const addresses = inTurnsOfFamilies([...new Set(answers.map(({ address }) => address))]);
        if (addresses.length === 0) throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
        const tried = addresses.slice(0, MOST_ADDRESSES);
        keep(this.#remembered, host, tried);
        return tried;
      })
      .finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, question);
    // Nobody may be waiting any more when it fails.
    question.catch(() => {});
    return question;
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > MOST_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
