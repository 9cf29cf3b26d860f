import { networkInterfaces } from 'node:os';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** How browsers may call this system: what a page of another site, behind a name that was made to point here, never is. */
export interface OwnHosts {
  /** Names in lower case: of the machine, of its certificate, and those of WEBNAMES. */
  readonly names: ReadonlySet<string>;
  readonly isOwnAddress: (address: string) => boolean;
}

const HOST = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,253}))(?::\d{1,5})?$/i;

/** Whether an address is one of this machine at the moment; `localhost` is itself wherever a tunnel begins. */
export function isAddressOfMachine(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address) ?? false);
}

/** A name as browsers write it in a Host: in lower case, an IPv6 address in its short form. */
function asInHost(name: string): string {
  return isIP(name) === 6 ? new URL(`https://[${name}]`).hostname.slice(1, -1) : name.toLowerCase();
}

/** Host names and addresses of a list, and `localhost`. */
export function ownHosts(names: readonly string[], isOwnAddress = isAddressOfMachine): OwnHosts {
  return { names: new Set(['localhost', ...names.map(asInHost)]), isOwnAddress };
}

/**
 * Whether the Host of a request is one of ours, whatever the port: a tunnel may begin at another one, and the origin is compared
 * with the whole of it. A name is ours only where it is known, so that no name of another site that resolves to here gets in.
 */
export function isOwnHost(host: string | undefined, own: OwnHosts): boolean {
  const [, v6, plain] = HOST.exec(host ?? '') ?? [];
  const name = (v6 ?? plain)?.toLowerCase();
  if (name === undefined) return false;
  if (v6 !== undefined && isIP(v6) !== 6) return false;
  return own.names.has(name) || (isIP(name) !== 0 && own.isOwnAddress(name));
}

/** Whether a request comes from a page that this system served under the name that it is called by. */
export function isFromOwnPage({ headers: { origin, host } }: Pick<IncomingMessage, 'headers'>): boolean {
  return origin !== undefined && host !== undefined && origin.toLowerCase() === `https://${host.toLowerCase()}`;
}
