import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { MOST_ANSWERS, type ProxyTarget, type WayQuestion, type WaySecrets } from '../model/ways.ts';
import { PutError } from '../protocol/errors.ts';
import { connectTcp, hostAndPort, type TcpOptions } from './connectTcp.ts';
import { dialError, withinDial } from './dialDeadline.ts';

const AUTHENTICATION_REQUIRED = 407;

/** One CONNECT (RFC 9110); a refusal is `proxy-refused` with the status in its details. */
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
    const refused = (status: number): PutError => {
      const why =
        status !== AUTHENTICATION_REQUIRED
          ? ''
          : proxy.user === undefined
            ? ': it wants a user and a password'
            : password === undefined
              ? `: it wants the password of ${proxy.user}`
              : `: the password of ${proxy.user} is wrong`;
      return new PutError('proxy-refused', `${where} answered ${status} to CONNECT ${authority}${why}`, { status });
    };
    const done = new Promise<Duplex>((resolve) => {
      request.once('connect', (response, socket, head) => {
        if (response.statusCode !== 200) {
          socket.destroy();
          fail(refused(response.statusCode ?? 0));
          return;
        }
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.once('response', (response) => {
        response.resume();
        fail(refused(response.statusCode ?? 0));
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
 * A connection through an HTTP proxy; `onAnswered` is called when the proxy took it. The password is asked for only when the proxy wants one. Rejects with `proxy-refused`,
 * or as a dial does.
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
  let password = secrets.known(question);
  for (let answers = 0; ; answers++) {
    try {
      const stream = await connect(password);
      if (password !== undefined) secrets.told(question, true);
      return stream;
    } catch (error) {
      if (!(error instanceof PutError) || error.details['status'] !== AUTHENTICATION_REQUIRED) throw error;
      if (password !== undefined) secrets.told(question, false);
      if (answers >= MOST_ANSWERS) throw error;
      const given = await secrets.ask(question, password !== undefined, signal);
      if (given === undefined) throw error;
      password = given;
    }
  }
}
