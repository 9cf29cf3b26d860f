import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { PutError } from '../../protocol/errors.ts';

/** A key that an agent holds. */
export interface AgentKey {
  /** `ssh-ed25519`, `ssh-rsa-cert-v01@openssh.com`, `sk-ssh-ed25519@openssh.com`, ... */
  readonly type: string;
  /** Public key in wire form. */
  readonly blob: Buffer;
}

/** A list of keys needs no person, so an agent that takes longer is stale or stuck. */
const LIST_MS = 3_000;
/** A signature may wait for a person who confirms it or touches a token. */
const SIGN_MS = 30_000;
/** OpenSSH's own limit of an answer. */
const LARGEST_ANSWER_BYTES = 256 * 1024;
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;

/** Type of a public key in wire form: a length and its name. */
export function keyTypeOf(blob: Buffer): string {
  if (blob.length < 4) return '';
  return blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
}

/** The keys of an SSH_AGENT_IDENTITIES_ANSWER, its length left out; undefined when it is not one. */
export function parseAgentKeys(answer: Buffer): AgentKey[] | undefined {
  if (answer.length < 5 || answer[0] !== IDENTITIES_ANSWER) return undefined;
  const keys: AgentKey[] = [];
  let at = 5;
  const take = (): Buffer | undefined => {
    if (at + 4 > answer.length) return undefined;
    const end = at + 4 + answer.readUInt32BE(at);
    if (end > answer.length) return undefined;
    const bytes = answer.subarray(at + 4, end);
    at = end;
    return bytes;
  };
  for (let left = answer.readUInt32BE(1); left > 0; left--) {
    const blob = take();
    const comment = take();
    if (!blob || !comment) return undefined;
    keys.push({ type: keyTypeOf(blob), blob: Buffer.from(blob) });
  }
  return keys;
}

/**
 * The keys that an agent holds, by the agent protocol over its socket or pipe. Rejects with `ssh-agent-unavailable` when it
 * is not there, does not answer in time, or answers something else.
 */
export function listAgentKeys(path: string, listMs = LIST_MS): Promise<AgentKey[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (outcome: () => void): void => {
      clearTimeout(timer);
      socket.on('error', () => {});
      socket.destroy();
      outcome();
    };
    const fail = (why: string, cause?: unknown): void =>
      end(() =>
        reject(new PutError('ssh-agent-unavailable', `the SSH agent at ${path} ${why}`, { agent: path }, { cause })),
      );
    const timer = setTimeout(() => fail(`did not answer within ${listMs / 1000} s`), listMs);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(`cannot be reached (${error.code ?? error.message})`, error),
    );
    socket.once('close', () => fail('closed the connection without an answer'));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < 4) return;
      const answer = Buffer.concat(chunks);
      const length = answer.readUInt32BE(0);
      if (length > LARGEST_ANSWER_BYTES) return fail(`announced ${length} bytes`);
      if (bytes < 4 + length) return;
      const keys = parseAgentKeys(answer.subarray(4, 4 + length));
      if (keys) end(() => resolve(keys));
      else fail('refused to list its keys');
    });
    socket.write(REQUEST_IDENTITIES);
  });
}

/** An agent as the library sees it, with one key and a deadline for its signature. */
export function agentOfOneKey(path: string, key: ParsedKey, signMs = SIGN_MS): ssh2.BaseAgent {
  const agent = ssh2.createAgent(path);
  // Held so that an agent which never signs is hung up on: its open socket would keep the program from ending.
  let stream: Duplex | undefined;
  if (agent.getStream) {
    const getStream = agent.getStream.bind(agent);
    agent.getStream = (callback) =>
      getStream((error, opened) => {
        stream = opened;
        callback(error, opened);
      });
  }
  class OneKey extends ssh2.BaseAgent {
    override getIdentities(callback: IdentityCallback): void {
      callback(null, [key]);
    }

    override sign(
      publicKey: ParsedKey,
      data: Buffer,
      optionsOrCallback: SigningRequestOptions | SignCallback,
      maybeCallback?: SignCallback,
    ): void {
      const callback = typeof optionsOrCallback === 'function' ? optionsOrCallback : maybeCallback;
      const options = typeof optionsOrCallback === 'function' ? {} : optionsOrCallback;
      let settled = false;
      const settle: SignCallback = (error, signature) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        stream?.destroy();
        callback?.(error ?? null, signature);
      };
      const timer = setTimeout(() => settle(new Error(`the SSH agent at ${path} did not sign in time`)), signMs);
      agent.sign(publicKey, data, options, settle);
    }
  }
  return new OneKey();
}
