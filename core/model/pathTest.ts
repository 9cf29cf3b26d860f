import { packetRequest, type PacketSizes } from './packetSizes.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../protocol/errorCatalogue.ts';

/** What answered at a port. `filtered`: nothing, which is how a firewall that drops packets looks. */
export type PortFinding = 'speaks-put' | 'speaks-other' | 'refused' | 'filtered' | 'unreachable';

/** One probed port. */
export interface PortProbe {
  readonly port: number;
  readonly role: 'negotiation' | 'watch' | 'gui' | 'service' | 'chat' | 'web' | 'ssh';
  readonly finding: PortFinding;
  /** Time of the TCP handshake: one round trip, in ms. */
  readonly roundTripMs?: number | undefined;
  readonly tlsVersion?: string | undefined;
  /** Of the certificate shown there; the same on every port of one putservices. */
  readonly fingerprint?: string | undefined;
  /** What spoke instead, or why nothing did; also what other addresses of the host said. */
  readonly note?: string | undefined;
  /** Code of the error where nothing answered. */
  readonly code?: ErrorCode | undefined;
}

export type WayName = 'single-port' | 'hand-off' | 'websocket' | 'ssh' | 'direct';

/** Whether a way can work, judged from the ports it needs. */
export interface WayFinding {
  readonly path: WayName;
  readonly works: boolean;
  /** Ports that it needs and that did not answer as they should. */
  readonly missing: readonly number[];
  readonly because: string;
}

export interface PathTestResult {
  readonly host: string;
  readonly address?: string | undefined;
  readonly startedAtMs: number;
  readonly seconds: number;
  readonly ports: readonly PortProbe[];
  readonly ways: readonly WayFinding[];
  /** Median of the round trips; absent when nothing answered. */
  readonly roundTripMs?: number | undefined;
  /** Estimate from what one TLS handshake by itself carried; absent when nothing answered. */
  readonly bytesPerSecond?: number | undefined;
  /** True: the line was too quick to tell it from the work of both ends; it carries that much or more. */
  readonly orMore?: boolean | undefined;
  /** Which packets pass each way, by the first way that works; absent where none does, or only SSH. */
  readonly packets?: PacketSizes | undefined;
  /** What to send to the firewall team; absent where they can do nothing about it. */
  readonly askFor?: string | undefined;
  /** What to do here where no way works and nobody on the way can help. */
  readonly advice?: string | undefined;
  /** Whether every certificate shown is the one accepted before; absent when none was accepted or shown. */
  readonly certificateKnown?: boolean | undefined;
  /** Ports that show another certificate than the accepted one: of another program, or of another putservices on that host. */
  readonly otherCertificateAt?: readonly number[] | undefined;
  /** What is wrong with the settings of this machine: a file of the trust settings that cannot be used. */
  readonly trouble?: string | undefined;
}

interface PortPlan {
  readonly ccPort: number;
  readonly ccPortCount: number;
  readonly servicePort: number;
  readonly chatPort: number;
  readonly sslPort: number;
  readonly sshPort: number;
}

/** Every port of a target, with its role, in ascending order. */
export function portsToProbe(plan: PortPlan): { port: number; role: PortProbe['role'] }[] {
  const gui = Array.from({ length: Math.max(0, plan.ccPortCount - 2) }, (_, i) => ({
    port: plan.ccPort + 2 + i,
    role: 'gui' as const,
  }));
  return [
    { port: plan.ccPort, role: 'negotiation' as const },
    { port: plan.ccPort + 1, role: 'watch' as const },
    ...gui,
    { port: plan.servicePort, role: 'service' as const },
    { port: plan.chatPort, role: 'chat' as const },
    { port: plan.sslPort, role: 'web' as const },
    { port: plan.sshPort, role: 'ssh' as const },
  ].sort((a, b) => a.port - b.port);
}

const REASONS: Readonly<Record<PortFinding, string>> = {
  'speaks-put': 'answers',
  'speaks-other': 'is answered by another program',
  refused: 'is closed on the host, or rejected by a firewall',
  filtered: 'is filtered: nothing came back',
  unreachable: 'cannot be reached',
};

/** `8992`, `8992 and 11111`, `8992, 9001 and 11111`. */
export function portsInWords(ports: readonly number[]): string {
  return ports.length < 2 ? ports.join() : `${ports.slice(0, -1).join(', ')} and ${ports.at(-1)}`;
}

/** Which ways can work, in the order they are best tried. */
export function judgeWays(ports: readonly PortProbe[]): WayFinding[] {
  const of = (role: PortProbe['role']): PortProbe[] => ports.filter((probe) => probe.role === role);
  const bad = (probes: readonly PortProbe[]): PortProbe[] => probes.filter((probe) => probe.finding !== 'speaks-put');
  const explain = (probes: readonly PortProbe[]): string =>
    probes.map((probe) => `${probe.port} ${REASONS[probe.finding]}`).join('; ');
  const needsAll = (path: WayName, probes: readonly PortProbe[], good: string): WayFinding => {
    const missing = bad(probes);
    return {
      path,
      works: missing.length === 0 && probes.length > 0,
      missing: missing.map((probe) => probe.port),
      because: missing.length === 0 ? good : explain(missing),
    };
  };
  const gui = of('gui');
  const openGui = gui.filter((probe) => probe.finding === 'speaks-put');
  const setUp = bad([...of('negotiation'), ...of('watch')]);
  const handOff: WayFinding = {
    path: 'hand-off',
    works: setUp.length === 0 && openGui.length > 0,
    missing: [...setUp, ...(openGui.length === 0 ? gui : [])].map((probe) => probe.port),
    because:
      setUp.length > 0
        ? explain(setUp)
        : openGui.length === 0
          ? 'no GUI port answers'
          : `${openGui.length} of ${gui.length} GUI ports answer`,
  };
  const services = [...of('service'), ...of('chat')];
  const sides = bad(services);
  const [{ port: ccPort, fingerprint: own } = { port: 0 }] = of('negotiation');
  // One putservices shows one certificate: another one on the host may hold the default ports of the services.
  const strange = services.filter(
    ({ fingerprint }) => own !== undefined && fingerprint !== undefined && fingerprint !== own,
  );
  return [
    needsAll('single-port', of('negotiation'), 'one open port is enough'),
    handOff,
    needsAll('websocket', of('web'), 'HTTPS is let through'),
    needsAll('ssh', of('ssh'), 'an SSH server answers'),
    {
      path: 'direct',
      works: handOff.works && sides.length === 0 && strange.length === 0,
      missing: [...new Set([...handOff.missing, ...[...sides, ...strange].map((probe) => probe.port)])],
      because: !handOff.works
        ? handOff.because
        : sides.length > 0
          ? explain(sides)
          : strange.length > 0
            ? `another putservices answers at ${portsInWords(strange.map(({ port }) => port))}, by another certificate than at ${ccPort}: give SERVICEPORT and CHATPORT of this one`
            : 'the services answer on their own ports',
    },
  ];
}

/** Whether a host is this machine, by its name or address: no firewall team stands in between. */
export function isThisMachine(host: string): boolean {
  return /^(localhost|127\.[\d.]+|\[?::1\]?)$/i.test(host);
}

/** Whether no answer came for want of a network, or for a wrong name, so that nobody on the way can help. */
export function neverLeftThisMachine(code: string): boolean {
  return ['network-unreachable', 'name-server-silent', 'host-unknown', 'dial-forbidden'].includes(code);
}

/** The least that a firewall must let through for PUT Desktop to work. */
export function askForSinglePort(host: string, ccPort: number): string {
  return `Please allow TCP from this machine to ${host} port ${ccPort} (TLS 1.2 or newer, one long-lived connection); no other port is needed.`;
}

/** The sentence for the firewall team: the least that must be opened, or that nothing has to be. */
export function sentenceForFirewall(
  host: string,
  ways: readonly WayFinding[],
  plan: PortPlan,
  packets?: PacketSizes,
): string {
  const working = ways.find((way) => way.works);
  const forPackets = packetRequest(host, packets);
  if (working?.path === 'single-port')
    return forPackets === undefined
      ? `Nothing is needed: TCP port ${plan.ccPort} of ${host} is open, and one port is enough.`
      : `TCP port ${plan.ccPort} of ${host} is open, and one port is enough. ${forPackets}`;
  const ask = askForSinglePort(host, plan.ccPort);
  if (!working) return ask;
  return `${forPackets === undefined ? '' : `${forPackets} `}${ask} Until then ${working.path === 'ssh' ? `SSH on port ${plan.sshPort}` : working.path === 'websocket' ? `HTTPS on port ${plan.sslPort}` : 'the hand-off ports'} will do.`;
}

/** What follows from a path test: what to ask the firewall team for, or what to do on this machine or at the host. */
export function whatToDo(
  host: string,
  ports: readonly PortProbe[],
  ways: readonly WayFinding[],
  plan: PortPlan,
  packets?: PacketSizes,
): Pick<PathTestResult, 'askFor' | 'advice'> {
  if (ways.some(({ works }) => works)) return { askFor: sentenceForFirewall(host, ways, plan, packets) };
  const code = ports[0]?.code;
  if (code !== undefined && neverLeftThisMachine(code) && ports.every((probe) => probe.code === code)) {
    const { cause, nextStep } = ERROR_CATALOGUE[code];
    return { advice: `${cause} ${nextStep}` };
  }
  if (isThisMachine(host))
    return {
      advice: `putservices does not answer on this machine at port ${plan.ccPort}: start it, or correct the port.`,
    };
  if (ports.some(({ finding }) => finding !== 'refused')) return { askFor: sentenceForFirewall(host, ways, plan) };
  return {
    askFor: sentenceForFirewall(host, ways, plan),
    advice: `Every port is refused: first check that putservices runs on ${host} and listens at port ${plan.ccPort}.`,
  };
}
