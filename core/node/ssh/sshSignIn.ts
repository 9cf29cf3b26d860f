import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { isReusable, type WayQuestion, type WaySecrets } from '../../model/ways.ts';
import { PutError } from '../../protocol/errors.ts';
import { createAttempts, newSignInRecord, type SignInRecord } from './sshAttempts.ts';
import { HOST_KEY_TYPES } from './sshAlgorithms.ts';
import { connectSsh, wasTurnedAway, type SshAnswer } from './sshConnect.ts';
import { hasHostAuthority, knownKeyTypes } from './knownHosts.ts';
import { hostKeyTypesFor, knownNamesOf } from './sshHostKey.ts';
import type { SshHop } from './sshHostSettings.ts';
import { findHopKeys, type HopKeys } from './sshKeys.ts';
import { readIfThere } from './smallFile.ts';

/** A host that closes before it greets has too many sign-ins under way (MaxStartups), which soon end. */
const BUSY_WAITS_MS = [300, 700, 1500, 3000];
/** A person's answer may outlast the host's patience (LoginGraceTime) so many times. */
const MOST_HANG_UPS = 2;

/** A hop with what this machine has for it. */
export interface PreparedHop {
  readonly hop: SshHop;
  /** Its known_hosts files as one text. */
  readonly knownHosts: string;
  readonly keys: HopKeys;
  /** What only OpenSSH's own client can use: certificates, keys on a token, settings. */
  readonly onlyOpenSsh: readonly string[];
}

/** Reads files and agent; nothing is sent to the host. */
export async function prepareHop(hop: SshHop, secrets: WaySecrets): Promise<PreparedHop> {
  const [files, keys] = await Promise.all([
    Promise.all(hop.knownHostsFiles.map(readIfThere)),
    findHopKeys(hop, secrets),
  ]);
  const knownHosts = files.map((bytes) => bytes?.toString('utf8') ?? '').join('\n');
  const names = knownNamesOf(hop);
  const byAuthority =
    hop.hostKey === undefined && hasHostAuthority(knownHosts, names) && knownKeyTypes(knownHosts, names).length === 0;
  const onlyOpenSsh = [
    ...(hop.onlyOpenSsh ?? []),
    ...(byAuthority ? [`the certificate authority of ${hop.host} in known_hosts`] : []),
    ...keys.onlyOpenSsh,
  ];
  return { hop, knownHosts, keys, onlyOpenSsh };
}

function signInError(hop: SshHop, keys: HopKeys, record: SignInRecord): PutError {
  const where = `${hop.host}:${hop.port}`;
  const details = { host: hop.address, port: hop.port, user: hop.user };
  const { stillLocked, notGiven } = record;
  const asked = notGiven === undefined ? '' : `; it asked for ${JSON.stringify(notGiven)}, which was not given`;
  if (stillLocked.size > 0) {
    const files = [...stillLocked].join(', ');
    return new PutError(
      'ssh-key-locked',
      `${where}: ${files} could not be unlocked, and nothing else let ${hop.user} in`,
      details,
    );
  }
  // Where a factor was taken, the agent was not what was missing.
  if (keys.agentFault && !record.tookFactor) {
    const { message, details: fault } = keys.agentFault;
    return new PutError(
      'ssh-agent-unavailable',
      `${message}, and nothing else let ${hop.user} in at ${where}${asked}`,
      { ...details, ...fault },
      { cause: keys.agentFault },
    );
  }
  return new PutError('ssh-sign-in-refused', `${where} did not let ${hop.user} in${asked}`, details);
}

/**
 * Signs in to a host in the order that ssh uses: keys, encrypted keys, the host's own prompts, password. `openSocket` answers
 * a new stream to the host's port. Only the question about an unknown host key is asked between two connections: comparing a
 * fingerprint takes longer than a host waits. Rejects with `ssh-host-key-unknown`, `ssh-host-key-changed`, `ssh-key-locked`,
 * `ssh-agent-unavailable`, `ssh-sign-in-refused`, `ssh-host-busy`, `ssh-host-hung-up`, `ssh-algorithms-differ`, `ssh-packet-too-large`, the errors
 * of a dial, or `cancelled`.
 */
export async function signInToHop(
  { hop, knownHosts, keys }: PreparedHop,
  openSocket: () => Promise<Duplex>,
  secrets: WaySecrets,
  signal: AbortSignal,
  busyWaitsMs: readonly number[] = BUSY_WAITS_MS,
): Promise<Client> {
  const record = newSignInRecord();
  const questionOf = (fingerprint: string): WayQuestion => {
    const { host, port, jump } = hop;
    return { kind: 'ssh-host-key', host, port, fingerprint, jump };
  };
  let accepted: string | undefined;
  const isAccepted = (fingerprint: string): boolean =>
    fingerprint === accepted || secrets.known(questionOf(fingerprint)) !== undefined;

  const connectOnce = async (hostKeyTypes: readonly string[]): Promise<SshAnswer> =>
    connectSsh(
      {
        hop,
        socket: await openSocket(),
        knownHosts,
        hostKeyTypes,
        isAccepted,
        secrets,
        attempts: (ask, giveUp) => createAttempts(hop, keys, secrets, record, ask, giveUp),
      },
      signal,
    );
  const connectPatiently = async (hostKeyTypes: readonly string[]): Promise<SshAnswer> => {
    for (const waitMs of busyWaitsMs) {
      try {
        return await connectOnce(hostKeyTypes);
      } catch (error) {
        if (!wasTurnedAway(error)) throw error;
        await wait(waitMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      }
    }
    return connectOnce(hostKeyTypes);
  };
  /** A host shows one of its keys only; the accepted one may be of another kind than the first that it would show. */
  const connectByAcceptedKey = async (first: PutError): Promise<SshAnswer> => {
    const shown = new Set([first.details['keyType']]);
    for (const type of HOST_KEY_TYPES) {
      if (shown.has(type)) continue;
      try {
        return await connectPatiently([type]);
      } catch (error) {
        if (!(error instanceof PutError)) throw error;
        if (error.code !== 'ssh-host-key-changed' && error.code !== 'ssh-algorithms-differ') throw error;
      }
    }
    throw first;
  };
  const connect = async (): Promise<SshAnswer> => {
    const types = hostKeyTypesFor(hop, knownHosts);
    try {
      return await connectPatiently(types);
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      if (error.code === 'ssh-host-key-changed' && hop.hostKey !== undefined) return connectByAcceptedKey(error);
      if (error.code !== 'ssh-host-key-unknown') throw error;
      const fingerprint = String(error.details['fingerprint']);
      const question = questionOf(fingerprint);
      if ((await secrets.ask(question, false, signal)) === undefined) throw error;
      secrets.told(question, true);
      accepted = fingerprint;
      return connectPatiently(types);
    }
  };

  for (let hangUps = 0; ; hangUps++) {
    const answer = await connect();
    if ('client' in answer) return answer.client;
    if (signal.aborted) throw new PutError('cancelled', `the SSH connection to ${hop.host}:${hop.port} was given up`);
    // A password given too late serves the next connection; a code does not.
    if ('hungUp' in answer && answer.question && isReusable(answer.question) && hangUps < MOST_HANG_UPS) continue;
    if ('hungUp' in answer) record.notGiven ??= 'an answer in time';
    throw signInError(hop, keys, record);
  }
}
