import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { WayQuestion, WaySecrets } from '../../model/ways.ts';
import { PutError } from '../../protocol/errors.ts';
import { TIMES } from '../../protocol/limits.ts';
import { gatherWrites } from '../gatherWrites.ts';
import { algorithmsFor, readHostOffer } from './sshAlgorithms.ts';
import { useKeyObjects } from './cipherKeys.ts';
import { giveBackPackets } from './packetMemory.ts';
import type { AskPerson, Attempts } from './sshAttempts.ts';
import { judgeHostKey, sshFingerprintOf } from './sshHostKey.ts';
import type { SshHop } from './sshHostSettings.ts';

/** Keep-alive inside the tunnel is the session's own; this one only keeps idle jump hosts from hanging up. */
const SSH_KEEP_ALIVE_MS = 15_000;

/** How a connection ended: let in; refused, by a host that is done with us; or hung up while a person was still answering. */
export type SshAnswer =
  | { readonly client: Client }
  | { readonly refused: true }
  | { readonly hungUp: true; readonly question: WayQuestion | undefined };

export interface SshConnection {
  readonly hop: SshHop;
  /** Connected to the host's port. */
  readonly socket: Duplex;
  readonly knownHosts: string;
  /** Kinds of host key to ask for, best first. */
  readonly hostKeyTypes: readonly string[];
  /** Asked about a key that known_hosts does not have. */
  readonly isAccepted: (fingerprint: string) => boolean;
  readonly secrets: WaySecrets;
  readonly attempts: (ask: AskPerson, giveUp: () => void) => Attempts;
  /** How often an idle connection asks whether the host is there; three questions without an answer end it. */
  readonly keepAliveMs?: number | undefined;
}

/** What the host would have taken, for the person who has to bring the two together. */
function algorithmsDiffer(where: string, error: Error, offers: ReadonlyMap<string, string>): PutError | undefined {
  const match = /no matching (.+)$/.exec(error.message);
  if (!match) return undefined;
  const kind = { key: 'KEX method', host: 'Host key format', 'C->S': 'C->S cipher', 'S->C': 'C->S cipher' };
  const what = match[1] ?? '';
  const offered = offers.get(
    /MAC/.test(what) ? 'C->S MAC' : (kind[(what.split(' ')[0] ?? '') as keyof typeof kind] ?? 'KEX method'),
  );
  const offer = offered === undefined ? '' : `; it offers ${offered.slice(0, 1000)}`;
  return new PutError(
    'ssh-algorithms-differ',
    `${where}: no ${what} in common${offer}`,
    offered === undefined ? {} : { offered: offered.slice(0, 1000) },
    { cause: error },
  );
}

/** How servers of other protocols begin (HTTP, SMTP and FTP, IMAP, POP, VNC). An sshd that turns a client away says something else, or nothing. */
const OTHER_PROTOCOL = /^(?:HTTP\/|220[ -]|\* OK|\+OK|RFB )/;

/** What a connection that is closed before the key exchange says of the other end, by its first words. */
function codeOfClose(greeting: string): 'ssh-not-spoken' | 'ssh-host-busy' | 'ssh-host-hung-up' {
  if (OTHER_PROTOCOL.test(greeting)) return 'ssh-not-spoken';
  return greeting === '' ? 'ssh-host-hung-up' : 'ssh-host-busy';
}

/** Whether a host may have had too many sign-ins under way, which soon end, as against one that is off or refuses. */
export function wasTurnedAway(error: unknown): boolean {
  return error instanceof PutError && (error.code === 'ssh-host-busy' || error.code === 'ssh-host-hung-up');
}

/**
 * One connection to a host: the host key is checked before anything is signed, then the methods are tried in their order, a
 * person's answers among them: the deadline stands still meanwhile. Rejects with `ssh-host-key-unknown`,
 * `ssh-host-key-changed`, `ssh-host-busy` (it said something and closed before the key exchange), `ssh-host-hung-up` (it said nothing), `ssh-not-spoken`, `ssh-algorithms-differ`,
 * `ssh-packet-too-large`, `ssh-host-silent`, `dial-failed` or `cancelled`.
 */
export function connectSsh(connection: SshConnection, signal: AbortSignal): Promise<SshAnswer> {
  const { hop, socket, secrets } = connection;
  const where = `${hop.host}:${hop.port}`;
  const details = { host: hop.address, port: hop.port };
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const offers = new Map<string, string>();
    let hostKeyFault: PutError | undefined;
    let left: readonly string[] | undefined;
    let greeting = '';
    let settled = false;
    /** Asked on this connection and not judged by the host yet. */
    let unjudged: WayQuestion | undefined;
    let isAsking = 0;
    let hungUp = false;
    let timer: NodeJS.Timeout | undefined;

    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      outcome();
    };
    const end = (outcome: () => void): void =>
      settle(() => {
        client.on('error', () => {});
        client.destroy();
        socket.destroy();
        outcome();
      });
    const fail = (error: PutError): void => end(() => reject(error));
    const refused = (): void => end(() => resolve({ refused: true }));
    const onAbort = (): void => fail(new PutError('cancelled', `the SSH connection to ${where} was given up`));
    const startTimer = (): void => {
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          fail(
            new PutError(
              'ssh-host-silent',
              `${where} took the connection and did not let in by SSH within ${TIMES.dialMs / 1000} s`,
              details,
            ),
          ),
        TIMES.dialMs,
      );
    };
    const endHungUp = (): void => end(() => resolve({ hungUp: true, question: unjudged }));
    /** While a person answers, neither the deadline runs nor does a host that hangs up end the question. */
    const ask: AskPerson = async (question, wrong) => {
      clearTimeout(timer);
      isAsking++;
      unjudged = question;
      try {
        return await secrets.ask(question, wrong, signal);
      } finally {
        isAsking--;
        if (hungUp) endHungUp();
        else if (!settled) startTimer();
      }
    };
    const attempts = connection.attempts(ask, refused);

    const lost = (why: string, cause?: Error): void => {
      if (hostKeyFault) return fail(hostKeyFault);
      if (isAsking > 0) {
        hungUp = true;
        return;
      }
      if (unjudged) return endHungUp();
      const said = greeting === '' ? '' : `; it said ${JSON.stringify(greeting.slice(0, 200))}`;
      if (offers.size === 0) {
        const code = codeOfClose(greeting);
        return fail(
          new PutError(code, `${where} closed the connection before it began SSH${said}`, details, { cause }),
        );
      }
      fail(new PutError('dial-failed', `${where}: ${why}`, details, { cause }));
    };
    const onError = (error: Error & { level?: string; code?: unknown }): void => {
      if (hostKeyFault) return fail(hostKeyFault);
      if (error instanceof PutError) return fail(error);
      // One key that could not sign; the next method comes.
      if (error.level === 'agent' || error.level === 'client-authentication') return;
      const differ = algorithmsDiffer(where, error, offers);
      if (differ) return fail(differ);
      if (/Bad packet length|Packet length/i.test(error.message) && offers.size > 0)
        return fail(
          new PutError(
            'ssh-packet-too-large',
            `${where} sent a larger packet than is read here, such as a very long banner`,
            details,
            { cause: error },
          ),
        );
      if (/too many authentication failures/i.test(error.message)) return refused();
      lost(`no SSH connection (${error.message})`, error);
    };
    client.on('error', onError);
    client.on('close', () => lost('the connection was closed during the SSH sign-in'));
    socket.once('data', (bytes: Buffer) => {
      greeting = bytes
        .toString('latin1', 0, 500)
        .replace(/[^\x20-\x7e]+/g, ' ')
        .trim();
    });
    client.once('ready', () => {
      attempts.letIn();
      settle(() => {
        // A later fault ends the tunnel's stream, which tells the session.
        client.off('error', onError);
        client.on('error', () => {});
        resolve({ client });
      });
    });

    const settings: ConnectConfig = {
      sock: socket,
      username: hop.user,
      readyTimeout: 0,
      keepaliveInterval: connection.keepAliveMs ?? SSH_KEEP_ALIVE_MS,
      algorithms: algorithmsFor(connection.hostKeyTypes),
      hostVerifier: (key: Buffer) => {
        hostKeyFault = judgeHostKey(hop, key, connection.knownHosts);
        if (hostKeyFault?.code === 'ssh-host-key-unknown' && connection.isAccepted(sshFingerprintOf(key)))
          hostKeyFault = undefined;
        return hostKeyFault === undefined;
      },
      // The library tells its caller neither what the host offered nor, after a key of an agent, what it still takes.
      debug: (trace) => {
        if (settled) return;
        const offer = readHostOffer(trace);
        if (offer) offers.set(...offer);
        const failure = /^Inbound: Received USERAUTH_FAILURE \((.*)\)$/.exec(trace);
        if (!failure) return;
        left = (failure[1] ?? '').split(',');
        unjudged = undefined;
      },
      authHandler: (_methodsLeft, partial, callback) => {
        attempts.next(left, partial).then(
          (method) => {
            if (settled || hungUp) return;
            if (method) callback(method);
            else refused();
          },
          (error: unknown) =>
            fail(error instanceof PutError ? error : new PutError('internal', String(error), {}, { cause: error })),
        );
        // Nothing: the answer comes by the callback.
        return undefined;
      },
    };
    startTimer();
    gatherWrites(socket);
    giveBackPackets(client, socket);
    useKeyObjects(client);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else client.connect(settings);
  });
}
