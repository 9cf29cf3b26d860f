import { type Finding, findingsOf } from './findings.ts';

/** One port of the Config file, as this machine answered when it was tried. */
export interface PortSeen {
  readonly port: number;
  /** `free`: could be listened at. */
  readonly state: 'free' | 'in-use' | 'refused';
  /** Free for root, as which it was tried; another user needs a right more. */
  readonly rootOnly?: boolean | undefined;
  /** Process that listens there, where it can be seen. */
  readonly owner?: { readonly name: string; readonly pid: number } | undefined;
  /** Why it could not be listened at, in words that name port and key. */
  readonly why?: string | undefined;
  readonly next?: string | undefined;
}

const { ok, notice, failed } = findingsOf('ports');

/** 9000, 9001, 9002 and 8443 as "8443, 9000-9002". */
export function portRanges(ports: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const port of [...ports].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === port - 1) last[1] = port;
    else ranges.push([port, port]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

/** Whether every port is free for putservices, or is its own already. `holderPid`: the putservices that uses the state folder. */
export function judgePorts(ports: readonly PortSeen[], holderPid: number | undefined): Finding[] {
  const findings: Finding[] = [];
  const numbers = (some: readonly PortSeen[]): string => portRanges(some.map(({ port }) => port));
  const own = ports.filter(({ owner }) => owner !== undefined && owner.pid === holderPid);
  const free = ports.filter(({ state }) => state === 'free');
  const unseen = ports.filter(({ state, owner }) => state === 'in-use' && owner === undefined);
  if (own.length > 0) findings.push(ok(`putservices (process ${holderPid}) listens at ${numbers(own)}`));
  if (free.length > 0 && holderPid === undefined) {
    const forRoot = free.filter(({ rootOnly }) => rootOnly);
    const forAll = free.filter(({ rootOnly }) => !rootOnly);
    if (forAll.length > 0) findings.push(ok(`free: ${numbers(forAll)}`));
    if (forRoot.length > 0) {
      const next =
        'Give the unit CAP_NET_BIND_SERVICE by a drop-in (install.md, Confinement), or name ports from 1024 on.';
      findings.push(notice(`free, and for root alone: ${numbers(forRoot)}`, next));
    }
  }
  if (free.length > 0 && holderPid !== undefined) {
    findings.push(
      notice(
        `putservices runs (process ${holderPid}) and does not listen at ${numbers(free)}`,
        'It was started with another Config file or --port-base, or the file was changed since: start it anew for the ports of the file.',
      ),
    );
  }
  // One program, or one address that is not there, often keeps all of them from being listened at.
  const kept = ports.filter(
    ({ state, owner }) => state === 'refused' || (state === 'in-use' && owner !== undefined && owner.pid !== holderPid),
  );
  for (const same of Map.groupBy(kept, ({ state, owner, next }) => `${state} ${owner?.pid ?? next}`).values()) {
    const [first, ...others] = same;
    const also = others.length > 0 ? `; so with ${numbers(others)}` : '';
    findings.push(failed(`${first?.why ?? `port ${first?.port} cannot be listened at`}${also}`, first?.next ?? ''));
  }
  if (unseen.length > 0) {
    const text = `in use, by whom cannot be seen as this user: ${numbers(unseen)}`;
    const next = 'Run this as root to see whose they are; end that program, or name other ports in the Config file.';
    findings.push(holderPid === undefined ? failed(text, next) : notice(text, next));
  }
  return findings;
}
