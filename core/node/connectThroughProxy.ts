import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { MOST_ANSWERS, type ProxyTarget, type WayQuestion, type WaySecrets } from '../model/ways.ts';
import { PutError } from '../protocol/errors.ts';
import { connectTcp, hostAndPort, type TcpOptions } from './connectTcp.ts';
import { dialError, withinDial } from './dialDeadline.ts';

const AUTHENTICATION_REQUIRED = 407;
/** The proxy is there and allows it, but has no way to the target (RFC 9110, section 15.6). */
const NO_WAY_ON: ReadonlySet<number> = new Set([502, 503, 504]);
/** Proxies, by host and port, that have asked for Basic before: they get the password at once. */
const takesBasic = new Set<string>();

/** Names of the methods that a 407 offers (RFC 9110, section 11.7.1), in lower case. */
export function offeredMethods(header: string | undefined): string[] {
  const challenges = (header ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return [...challenges.matchAll(/(?:^|,)\s*([A-Za-z][\w-]*)(?=\s|,|$)/g)].map(([, name]) =>
    (name ?? '').toLowerCase(),
  );
}

function refusal(
  where: string,
  authority: string,
  response: IncomingMessage,
  proxy: ProxyTarget,
  password: string | undefined,
): PutError {
  const status = response.statusCode ?? 0;
  const details = { status, host: proxy.host, port: proxy.port };
  const answered = `${where} answered ${status} to CONNECT ${authority}`;
  if (NO_WAY_ON.has(status)) return new PutError('proxy-target-unreachable', answered, details);
  if (status !== AUTHENTICATION_REQUIRED) return new PutError('proxy-refused', answered, details);
  const methods = offeredMethods(response.headers['proxy-authenticate']);
  // A proxy that names no method breaks the rules; Basic is the one that it can mean.
  if (methods.length > 0 && !methods.includes('basic')) {
    const names = methods.slice(0, 5).join(', ');
    const message = `${answered}: it takes only ${names}; no password was sent`;
    return new PutError('proxy-method-unsupported', message, { ...details, methods: names });
  }
  const why =
    proxy.user === undefined
      ? 'it wants a user and a password'
      : password === undefined
        ? `it wants the password of ${proxy.user}`
        : `the password of ${proxy.user} is wrong`;
  return new PutError('proxy-sign-in-refused', `${answered}: ${why}`, details);
}

/** One CONNECT (RFC 9110, section 9.3.6); a refusal has the status in its details. */
async function requestConnect(
  target: { readonly host: string; readonly port: number },
  proxy: ProxyTarget,
  password: string | undefined,
  signal: AbortSignal,
  onAnswered: () => void,
  tcp: TcpOptions,
): Promise<Duplex> {
  const where = `proxy ${hostAndPort(proxy.host, proxy.port)}`;
  const authority = hostAndPort(target.host, target.port);
  const connection = await connectTcp({ ...proxy, label: where }, signal, onAnswered, tcp);
  return withinDial(where, signal, (fail) => {
    const request = httpRequest({
      createConnection: () => connection,
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(proxy.user === undefined || password === undefined
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(`${proxy.user}:${password}`).toString('base64')}` }),
      },
    });
    const done = new Promise<Duplex>((resolve) => {
      request.once('connect', (response, socket, head) => {
        if (response.statusCode !== 200) {
          socket.destroy();
          fail(refusal(where, authority, response, proxy, password));
          return;
        }
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.once('response', (response) => {
        response.resume();
        fail(refusal(where, authority, response, proxy, password));
      });
      request.on('error', (error) => fail(dialError(where, error)));
      request.end();
    });
    const giveUp = (): void => {
      request.destroy();
      connection.destroy();
    };
    return { done, giveUp };
  });
}

/**
 * A connection through an HTTP proxy; `onAnswered` is called when the proxy took it. A password is asked for, and sent, only when
 * the proxy wants one by the method Basic. Rejects with `proxy-refused`, `proxy-sign-in-refused`, `proxy-method-unsupported`,
 * `proxy-target-unreachable`, or as a dial does.
 */
export async function connectThroughProxy(
  target: { readonly host: string; readonly port: number },
  proxy: ProxyTarget,
  secrets: WaySecrets,
  signal: AbortSignal,
  onAnswered: () => void = () => {},
  tcp: TcpOptions = {},
): Promise<Duplex> {
  const { user, host, port } = proxy;
  const connect = (password: string | undefined): Promise<Duplex> =>
    requestConnect(target, proxy, password, signal, onAnswered, tcp);
  if (user === undefined) return connect(undefined);
  const question: WayQuestion = { kind: 'proxy-password', user, host, port };
  const name = hostAndPort(host, port);
  let password = takesBasic.has(name) ? secrets.known(question) : undefined;
  for (let answers = 0; ;) {
    try {
      const stream = await connect(password);
      if (password !== undefined) secrets.told(question, true);
      return stream;
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'proxy-sign-in-refused') {
        takesBasic.delete(name);
        throw error;
      }
      takesBasic.add(name);
      const wrong = password !== undefined;
      if (wrong) secrets.told(question, false);
      const known = wrong ? undefined : secrets.known(question);
      if (known === undefined && answers++ >= MOST_ANSWERS) throw error;
      const given = known ?? (await secrets.ask(question, wrong, signal));
      if (given === undefined) throw error;
      password = given;
    }
  }
}
