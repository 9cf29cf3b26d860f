import { writeFile } from 'node:fs/promises';
import type { SshSurroundings } from '../../core/node/ssh/sshConfiguration.ts';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { FileClient, type Upload } from '../../core/client/FileClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import type { PathTestResult } from '../../core/model/pathTest.ts';
import type { PortsView } from '../../core/model/ports.ts';
import { SIGNATURE_TAG, TAG } from '../../core/model/rpmTags.ts';
import { craftHeader, craftLead, int32, joinRpm, text } from '../../core/model/testing/craftRpm.ts';
import { createDial } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { testPaths, type PathTestOptions } from '../../core/node/pathTest.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { PROTOCOL_VERSIONS, type PathKind } from '../../core/protocol/handshake.ts';
import { greet } from '../../core/session/handshake.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';
import { driveJob, startInstall } from './installDriver.ts';
import { uploadSamples } from './samples.ts';

/*
 * Runs at one end of an emulated line, started by NamespaceWorker: the client that an engineer has at the client's end, and
 * whatever else must stand inside a namespace. One client at a time.
 */

/** An end that hangs must fail the test with what it waited for. */
const WAIT_MS = 60_000;
const KEPT_ERRORS = 20;

interface SshAccess {
  readonly user: string;
  readonly port: number;
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

interface SignInTask {
  readonly target: TargetAddress;
  readonly user: string;
  readonly password: string;
  readonly pathOrder: readonly PathKind[];
  readonly ssh?: SshAccess;
}

/** What the client says about its line. */
export interface LineReport {
  readonly path: PathKind | undefined;
  readonly port: number | undefined;
  readonly sessionId: string | undefined;
  readonly resumed: boolean | undefined;
  /** Both ends send small packets, since large ones seem to be lost. */
  readonly smallPackets: boolean;
  /** How each way went at the last connect: the code of its error, or 'works'. */
  readonly attempts: readonly { readonly path: PathKind; readonly outcome: string; readonly message: string }[];
}

/** What an upload read from its file and told of its progress. */
export interface UploadReport {
  readonly sizeBytes: number;
  readonly storedBytes: number;
  readonly sha256: string;
  readonly reads: readonly { readonly offset: number; readonly bytes: number }[];
}

const clock = createSystemClock();
const changed = new Set<() => void>();
const errors: unknown[] = [];
let client: PutClient | undefined;
let upload: { running: Upload; report: () => UploadReport; files: FileClient } | undefined;
let job: { done: Promise<JobHead>; latest: JobHead | undefined } | undefined;
const timeline: number[] = [];

function connected(): PutClient {
  if (!client) throw new PutError('usage', 'no client is signed in');
  return client;
}

/** Waits for a change after which `look` holds; rejects with what was waited for. */
function until(look: () => boolean, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (!look()) return;
      clearTimeout(timer);
      changed.delete(check);
      resolve();
    };
    const timer = setTimeout(() => {
      changed.delete(check);
      reject(new PutError('request-timeout', `not in time: ${what}; errors: ${errors.map(String).join('; ')}`));
    }, WAIT_MS);
    changed.add(check);
    check();
  });
}

const tellChange = (): void => {
  for (const check of [...changed]) check();
};

function describeLine(): LineReport {
  const of = connected();
  return {
    path: of.line?.path,
    port: of.line?.port,
    sessionId: of.welcome?.sessionId,
    resumed: of.welcome?.resumed,
    smallPackets: of.smallPackets,
    attempts: of.attempts.map(({ path, error }) => ({
      path,
      outcome: error?.code ?? 'works',
      message: error?.message ?? '',
    })),
  };
}

const tasks = {
  async signIn({ target, user, password, pathOrder, ssh }: SignInTask): Promise<LineReport> {
    let sshSurroundings: SshSurroundings | undefined;
    if (ssh !== undefined) {
      const configFile = `${ssh.knownHostsFile}.config`;
      await writeFile(configFile, `Host *\n  UserKnownHostsFile ${ssh.knownHostsFile}\n`);
      sshSurroundings = { configFile, program: undefined, home: '/nowhere', localUser: ssh.user, env: {} };
    }
    const dial = createDial({ sshSurroundings });
    client = new PutClient({
      target: ssh
        ? { ...target, ssh: { host: target.host, port: ssh.port, user: ssh.user, keyFile: ssh.keyFile } }
        : target,
      pathOrder,
      dial,
      clock,
      random: Math.random,
      software: 'tests',
      clientSystem: 'laptop',
      compression: deflateCompression,
      onChange: tellChange,
    });
    await client.signIn({ user, password });
    return describeLine();
  },

  async signOut(): Promise<void> {
    await client?.close();
    client = undefined;
  },

  line: () => Promise.resolve(describeLine()),

  /** A message to the master and its answer: the session is usable. */
  async say({ text }: { text: string }): Promise<number> {
    const { number } = await connected().request('chat.say', {
      messageId: randomUUID(),
      text,
    });
    return number;
  },

  /** Tells the client that the network changed, as the operating system does. */
  networkChanged(): Promise<void> {
    connected().retryNow();
    return Promise.resolve();
  },

  /** Tells the client that the network changed, and waits until the session is on another line. */
  async moved(): Promise<LineReport> {
    const client = connected();
    const before = client.welcome;
    client.retryNow();
    await until(() => client.welcome !== before && client.state.kind === 'online', 'the session is on another line');
    return describeLine();
  },

  untilLost: () => until(() => connected().state.kind !== 'online', 'the line counts as lost'),

  /** Waits for the session to go on; `nudge`: with the client told about the network. */
  async untilOnline({ nudge }: { nudge: boolean }): Promise<LineReport> {
    if (nudge) connected().retryNow();
    await until(() => connected().state.kind === 'online', 'the session goes on');
    return describeLine();
  },

  pathTest: (options: PathTestOptions): Promise<PathTestResult> => testPaths(options),

  /** Starts the upload of a package with a payload that cannot be packed; answers when the master has `untilBytes` of it. */
  async startUpload({ payloadBytes, untilBytes }: { payloadBytes: number; untilBytes: number }): Promise<void> {
    const name = 'outage-1-1.noarch.rpm';
    const header = craftHeader([
      text(TAG.name, 'outage'),
      text(TAG.version, '1'),
      text(TAG.release, '1'),
      text(TAG.arch, 'noarch'),
      text(TAG.os, 'linux'),
      text(TAG.sourceRpm, 'outage-1-1.src.rpm'),
    ]);
    const bytes = joinRpm(
      craftLead(),
      craftHeader([int32(SIGNATURE_TAG.size, header.length + payloadBytes)]),
      header,
      randomBytes(payloadBytes),
    );
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const reads: { offset: number; bytes: number }[] = [];
    const files = new FileClient(connected(), clock);
    let storedBytes = 0;
    const running = files.upload(
      {
        name,
        sizeBytes: bytes.length,
        read: (offset, lengthBytes) => {
          reads.push({ offset, bytes: lengthBytes });
          return Promise.resolve(bytes.subarray(offset, offset + lengthBytes));
        },
        sha256: () => Promise.resolve(sha256),
        close: () => Promise.resolve(),
      },
      (progress) => {
        storedBytes = progress.storedBytes;
        if (progress.cause) errors.push(progress.cause);
        tellChange();
      },
    );
    running.done.catch((error: unknown) => errors.push(error));
    errors.splice(0, errors.length - KEPT_ERRORS);
    upload = { running, files, report: () => ({ sizeBytes: bytes.length, storedBytes, sha256, reads: [...reads] }) };
    await until(() => storedBytes >= untilBytes, `${untilBytes} bytes of ${name} are stored`);
  },

  uploadSoFar: () => Promise.resolve(upload?.report()),

  /** The end of the upload, with the digest that the master confirmed. */
  async finishUpload(): Promise<UploadReport & { confirmed: string }> {
    if (!upload) throw new PutError('usage', 'no upload was started');
    const { sha256 } = await upload.running.done;
    upload.files.close();
    return { ...upload.report(), confirmed: sha256 };
  },

  uploadSamples: () => uploadSamples(connected()),

  /** Starts an install and writes down the numbers of the timeline; answers when its event `untilEvent` was shown. */
  async startInstall({ untilEvent }: { untilEvent: number }): Promise<number> {
    timeline.length = 0;
    connected().watchLog<{ number: number }>('timeline', 0, (entries) => {
      timeline.push(...entries.map(({ number }) => number));
      tellChange();
    });
    const jobId = await startInstall(connected());
    const running: { done: Promise<JobHead>; latest: JobHead | undefined } = {
      latest: undefined,
      done: driveJob(connected(), jobId, {
        deadlineMs: WAIT_MS,
        onHead: (head) => {
          running.latest = head;
          tellChange();
        },
      }),
    };
    running.done.catch((error: unknown) => errors.push(error));
    job = running;
    await until(() => (running.latest?.eventNumber ?? 0) >= untilEvent, `event ${untilEvent} of the job`);
    return running.latest?.eventNumber ?? 0;
  },

  /** The end of the install; `timeline`: every number that was told, in the order it came. */
  async finishInstall(): Promise<{ state: string; eventNumber: number; timeline: number[] }> {
    if (!job) throw new PutError('usage', 'no install was started');
    const { state, eventNumber } = await job.done;
    // What the watch still owes came before the answer to this.
    const { number } = await connected().request('chat.say', { messageId: randomUUID(), text: 'done' });
    await until(() => (timeline.at(-1) ?? 0) >= number, `entry ${number} of the timeline`);
    return { state, eventNumber, timeline: [...timeline] };
  },

  /** How many nodes the master shows: one large message of the master. */
  async nodesShown(): Promise<number> {
    let shown = 0;
    const watch = connected().watchState<{ nodes: Record<string, unknown> }>('nodes', ({ nodes }) => {
      shown = Object.keys(nodes).length;
      tellChange();
    });
    await until(() => shown > 0, 'the nodes');
    watch.close();
    return shown;
  },

  /** GUI ports that are leased, by the ports table, once there are `count` of them. */
  async leasedPorts({ count }: { count: number }): Promise<number[]> {
    let leased: number[] | undefined;
    const watch = connected().watchState<PortsView>('ports', (view) => {
      leased = Object.entries(view.ports).flatMap(([port, { lease }]) => (lease === undefined ? [] : [Number(port)]));
      tellChange();
    });
    await until(() => leased?.length === count, `${count} leases`);
    watch.close();
    return leased ?? [];
  },

  /** Negotiates a GUI port and gives up, `times` times; answers the ports offered, 0 for none. */
  async connectAndCancel({ target, user, password, times }: SignInTask & { times: number }): Promise<number[]> {
    const dial = createDial();
    const offered: number[] = [];
    for (let i = 0; i < times; i++) {
      const transport = await dial(
        { host: target.host, port: target.ccPort, carrier: 'tls', fingerprint: target.fingerprint },
        AbortSignal.timeout(WAIT_MS),
      );
      const { welcome } = await greet(
        transport,
        {
          versions: [...PROTOCOL_VERSIONS],
          software: 'tests',
          capabilities: [],
          purpose: 'negotiate',
          path: 'hand-off',
          clientSystem: 'laptop',
          password: { user, password },
        },
        clock,
      );
      transport.destroy();
      offered.push(welcome.lease?.port ?? 0);
    }
    return offered;
  },

  /** Another program at a port, that greets everybody its own way. */
  foreignServer({ host, port, greeting }: { host: string; port: number; greeting: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.write(greeting);
      });
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  },
};
export type LineTasks = typeof tasks;
serveTasks(tasks);
