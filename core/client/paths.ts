import { errorOf, PutError, toPutError } from '../protocol/errors.ts';
import type { Hello, LeaseOffer, PathKind } from '../protocol/handshake.ts';
import { PROTOCOL_VERSIONS } from '../protocol/handshake.ts';
import { TIMES } from '../protocol/limits.ts';
import { detailsOfFailures } from '../model/firewallRequest.ts';
import type { ProxyTarget, SshTarget, TrustSettings, WaySecrets } from '../model/ways.ts';
import { SMALL_PACKETS } from '../session/largePackets.ts';
import type { Clock, Transport } from '../session/ports.ts';
import { greet } from '../session/handshake.ts';
import { abandonLine, holdLine } from './abandonLine.ts';
import type { GreetingTurn } from './GreetingTurn.ts';
import { metAtReturn, STRANGER } from './strangerAnswers.ts';
import type { Credentials, ConnectedLine } from './connectedLine.ts';

/** Where a target system listens. */
export interface TargetAddress {
  readonly host: string;
  readonly ccPort: number;
  readonly sslPort: number;
  readonly servicePort: number;
  readonly chatPort: number;
  /** Accepted certificate; absent: the dial fails with `certificate-unknown` and tells the fingerprint. */
  readonly fingerprint?: string | undefined;
  /** For the way by SSH; absent: `host` with the settings of the ssh configuration. */
  readonly ssh?: SshTarget | undefined;
  /** For the way by WebSocket. */
  readonly proxy?: ProxyTarget | undefined;
  /** Certificates of the site's own authority, for every way. */
  readonly trust?: TrustSettings | undefined;
  /** Where diallers get passwords and passphrases of the ways; absent: nowhere. */
  readonly secrets?: WaySecrets | undefined;
}

/** One connection to make; `carrier` says what travels around the frames. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
  readonly carrier: 'tls' | 'websocket' | 'ssh';
  readonly fingerprint?: string | undefined;
  readonly ssh?: SshTarget | undefined;
  readonly proxy?: ProxyTarget | undefined;
  readonly trust?: TrustSettings | undefined;
  readonly secrets?: WaySecrets | undefined;
  /** The first machine on the way answered; called where the dialler can tell. */
  readonly onAnswered?: (() => void) | undefined;
}

/** Makes a connection and checks the certificate before a byte of ours is sent. Rejects with a PutError. */
export type Dial = (target: DialTarget, signal: AbortSignal) => Promise<Transport>;

export interface PathContext {
  readonly target: TargetAddress;
  readonly credentials: Credentials;
  readonly software: string;
  readonly capabilities: readonly string[];
  readonly clientSystem: string;
  /** This client process, and the number of its next greeting for the session's main line. */
  readonly lane?: { readonly id: string; nextLine(): number } | undefined;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A session comes back: who was trusted before is awaited, and no other certificate is asked about. */
  readonly comesBack?: boolean | undefined;
  /** For a session that exists: greetings of its attempts take turns. */
  readonly turn?: GreetingTurn | undefined;
  /** The session is about to move to a new line. */
  onGreeting?(): void;
}

function identityOf(credentials: Credentials): Partial<Hello> {
  if ('password' in credentials) return { password: { user: credentials.user, password: credentials.password } };
  if ('keptSessionToken' in credentials) return { sessionToken: credentials.keptSessionToken, beside: true };
  const received = credentials.received?.();
  return { sessionToken: credentials.sessionToken, ...(received === undefined ? {} : { received }) };
}

function helloOf(context: PathContext, path: PathKind, purpose: Hello['purpose'], more: Partial<Hello> = {}): Hello {
  const { credentials } = context;
  const identity = identityOf(credentials);
  return {
    versions: [...PROTOCOL_VERSIONS],
    software: context.software,
    capabilities: [...context.capabilities],
    purpose,
    path,
    clientSystem: context.clientSystem,
    ...identity,
    ...more,
  };
}

async function connectOnce(
  context: PathContext,
  path: PathKind,
  port: number,
  carrier: DialTarget['carrier'],
  hello: () => Hello,
): Promise<ConnectedLine> {
  const { target, dial, signal, clock } = context;
  const dialled = dial(
    {
      host: target.host,
      port,
      carrier,
      fingerprint: target.fingerprint,
      trust: target.trust,
      secrets: target.secrets,
      ...(carrier === 'ssh' ? { ssh: target.ssh } : {}),
      ...(path === 'websocket' ? { proxy: target.proxy } : {}),
    },
    signal,
  );
  const transport = await (context.comesBack === true ? dialled.catch(metAtReturn) : dialled);
  if (context.capabilities.includes(SMALL_PACKETS)) transport.sendSmall?.();
  const { welcome, rest } = await greet(transport, hello(), clock, signal);
  return { path, transport, rest, welcome };
}

/** Like `connectOnce`, for a greeting that moves the session to its line: it waits for its turn and is written then. */
function connectSession(
  context: PathContext,
  path: PathKind,
  port: number,
  carrier: DialTarget['carrier'],
  more: Partial<Hello> = {},
): Promise<ConnectedLine> {
  const { lane, turn, signal } = context;
  const dial: Dial = async (target, dialSignal) => {
    const transport = await context.dial(target, dialSignal);
    await turn?.enter(signal, () => transport.destroy());
    context.onGreeting?.();
    return transport;
  };
  const { purpose = 'session', ...rest } = more;
  const hello = (): Hello =>
    helloOf(context, path, purpose, { ...rest, ...(lane ? { lane: lane.id, line: lane.nextLine() } : {}) });
  return connectOnce({ ...context, dial }, path, port, carrier, hello);
}

/** Holds an offered port by a watch connection on CCPORT+1; answers how to let it go. */
async function watchLease(context: PathContext, lease: LeaseOffer): Promise<() => void> {
  const hello: Hello = {
    versions: [...PROTOCOL_VERSIONS],
    software: context.software,
    capabilities: [],
    purpose: 'watch',
    path: 'hand-off',
    clientSystem: context.clientSystem,
    leaseToken: lease.leaseToken,
  };
  const line = await connectOnce(context, 'hand-off', context.target.ccPort + 1, 'tls', () => hello);
  line.transport.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
  return () => line.transport.end();
}

/** A connection for one service alone, beside the main line of the session whose token is shown. */
export function connectSide(
  context: PathContext,
  service: 'job' | 'file' | 'chat',
  port: number,
  received: number | undefined,
): Promise<ConnectedLine> {
  const hello = helloOf(context, 'direct', service, received === undefined ? {} : { received });
  return connectOnce(context, 'direct', port, service === 'chat' ? 'websocket' : 'tls', () => hello);
}

/** Negotiates on CCPORT, watches on CCPORT+1, and goes over to the offered GUI port. A full range ends in single port. */
async function connectByHandOff(context: PathContext, path: 'hand-off' | 'direct'): Promise<ConnectedLine> {
  const { credentials, target } = context;
  if ('sessionToken' in credentials && credentials.lease) {
    const { lease } = credentials;
    try {
      const { leaseToken } = lease;
      const line = await connectSession(context, path, lease.port, 'tls', { leaseToken });
      return { ...line, lease };
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'lease-unknown') throw error;
    }
  }
  const negotiation = await connectSession(context, path, target.ccPort, 'tls', { purpose: 'negotiate' });
  const { lease, sessionToken, leaseRefused } = negotiation.welcome;
  if (!lease || sessionToken === undefined) {
    if (leaseRefused) return { ...negotiation, path: 'single-port', tried: path };
    negotiation.transport.destroy();
    throw new PutError('lease-unknown', `${negotiation.transport.label} offered no GUI port`);
  }
  const held = holdLine(negotiation, credentials, context.clock);
  let moved = false;
  try {
    const letGo = await watchLease(context, lease);
    try {
      const received = 'sessionToken' in credentials ? credentials.received : undefined;
      const onPort: PathContext = { ...context, credentials: { sessionToken, ...(received ? { received } : {}) } };
      const { leaseToken } = lease;
      const line = await connectSession(onPort, path, lease.port, 'tls', { leaseToken });
      moved = true;
      return { ...line, welcome: { ...line.welcome, sessionToken }, lease };
    } finally {
      letGo();
    }
  } finally {
    if (moved) held.end();
    else held.abandon();
  }
}

function connectByPath(path: PathKind, context: PathContext): Promise<ConnectedLine> {
  switch (path) {
    case 'single-port':
      return connectSession(context, path, context.target.ccPort, 'tls');
    case 'hand-off':
    case 'direct':
      return connectByHandOff(context, path);
    case 'websocket':
      return connectSession(context, path, context.target.sslPort, 'websocket');
    case 'ssh':
      return connectSession(context, path, context.target.ccPort, 'ssh');
  }
}

/** After these no other way is tried: another way leads to the same answer, or must not be taken. */
const DECISIVE_CODES: ReadonlySet<string> = new Set([
  'certificate-unknown',
  'certificate-changed',
  'certificate-untrusted',
  'client-certificate-refused',
  'client-key-locked',
  'trust-file-unreadable',
  'sign-in-refused',
  'sign-in-slowed',
  'sign-in-busy',
  'session-unknown',
  'session-taken-over',
  'account-changed',
  'version-unsupported',
]);

/** Whether this refusal ends the search for a line. */
export function isDecisive(code: string): boolean {
  return DECISIVE_CODES.has(code);
}

/** How one way went, for the window. */
export interface PathAttempt {
  readonly path: PathKind;
  readonly error?: PutError | undefined;
  /** When it was over, ms of the clock. */
  readonly atMs: number;
}

/**
 * Tries the ways in order; the first that works wins. A way that fails starts the next at once; one that is slow delays the
 * next by at most TIMES.staggerMs. Rejects with a decisive refusal, with the only error, or with `paths-exhausted`.
 */
export function connectByFirstPath(
  order: readonly PathKind[],
  context: PathContext,
  onAttempt: (attempt: PathAttempt) => void,
): Promise<ConnectedLine> {
  return new Promise((resolve, reject) => {
    const attempts: { path: PathKind; abort: AbortController }[] = [];
    const errors: { path: PathKind; error: PutError }[] = [];
    let next = 0;
    let running = 0;
    let settled = false;
    let stopStagger: (() => void) | undefined;

    const settle = (outcome: () => void, winner?: AbortController): void => {
      if (settled) return;
      settled = true;
      stopStagger?.();
      context.signal.removeEventListener('abort', onAbort);
      for (const attempt of attempts) if (attempt.abort !== winner) attempt.abort.abort();
      outcome();
    };
    const onAbort = (): void => settle(() => reject(new PutError('cancelled', 'connecting was given up')));
    const startNext = (): void => {
      stopStagger?.();
      const path = order[next++];
      if (path === undefined || settled) return;
      const abort = new AbortController();
      attempts.push({ path, abort });
      running++;
      if (next < order.length) stopStagger = context.clock.setTimer(TIMES.staggerMs, startNext);
      connectByPath(path, { ...context, signal: abort.signal }).then(
        (line) => {
          running--;
          if (settled) {
            abandonLine(line, context.credentials, context.clock);
            return;
          }
          const { leaseRefused } = line.welcome;
          if (line.tried !== undefined && leaseRefused)
            onAttempt({ path: line.tried, error: errorOf(leaseRefused), atMs: context.clock.nowMs() });
          onAttempt({ path: line.path, atMs: context.clock.nowMs() });
          settle(() => resolve(line), abort);
        },
        (reason: unknown) => {
          running--;
          context.turn?.leave(abort.signal);
          const error = toPutError(reason);
          if (settled) return;
          errors.push({ path, error });
          onAttempt({ path, error, atMs: context.clock.nowMs() });
          if (DECISIVE_CODES.has(error.code)) settle(() => reject(error));
          else if (next < order.length) startNext();
          else if (running === 0) settle(() => reject(summaryOf(errors, context.target)));
        },
      );
    };
    if (context.signal.aborted) onAbort();
    else {
      context.signal.addEventListener('abort', onAbort);
      startNext();
    }
  });
}

function summaryOf(errors: readonly { path: PathKind; error: PutError }[], target: TargetAddress): PutError {
  const only = errors[0];
  // Ways that lead to one port fail alike: what is known of it is told, as where that way was the only one.
  const isAlike = errors.every(({ error }) => error.code === only?.error.code && error.message === only.error.message);
  if (only && isAlike) return only.error;
  const stranger = errors.find(({ error }) => error.code === STRANGER);
  if (stranger) return stranger.error;
  const reasons = errors.map(({ path, error }) => `${path}: ${error.message}`).join('; ');
  const details = detailsOfFailures(errors);
  return new PutError('paths-exhausted', `no way to ${target.host} worked (${reasons})`, details, {
    cause: only?.error,
  });
}
