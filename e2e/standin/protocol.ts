import { settings } from './settings.ts';

/*
 * Own schemes. Chromium refuses schemes that were not compiled in, so `app://put/index.html` travels as
 * `http://put.app.localhost/index.html`, which is a secure context too, and is caught before anything leaves the browser.
 */

export type SchemeHandler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, SchemeHandler>();
const privileged = new Map<string, object>();

/** The `protocol` module. */
export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly { scheme: string; privileges?: object }[]): void {
    for (const { scheme, privileges } of schemes) privileged.set(scheme, privileges ?? {});
  },
  handle(scheme: string, handler: SchemeHandler): void {
    if (handlers.has(scheme)) throw new Error(`The scheme ${scheme} has a handler already.`);
    handlers.set(scheme, handler);
  },
  unhandle: (scheme: string): void => void handlers.delete(scheme),
  isProtocolHandled: (scheme: string): boolean => handlers.has(scheme),
};

/** The address that the browser is sent to for an address of the app. */
export function outerUrl(url: string): string {
  const [, scheme = '', host = '', rest = ''] = /^([a-z][a-z0-9-]*):\/\/([^/?#]*)(.*)$/.exec(url) ?? [];
  return handlers.has(scheme) ? `http://${host}.${scheme}.localhost${rest || '/'}` : url;
}

/** The address of the app behind an address of the browser. */
export function innerUrl(url: string): string {
  const [, host = '', scheme = '', rest = ''] =
    /^http:\/\/([^/?#]+)\.([a-z][a-z0-9-]*)\.localhost(.*)$/.exec(url) ?? [];
  return handlers.has(scheme) ? `${scheme}://${host}${rest}` : url;
}

/** Whether a handler of the app answers for this address of the browser. */
export function isHandled(url: string): boolean {
  return innerUrl(url) !== url;
}

/** Patterns of what must be caught: everything of own schemes, and every document, so that navigation can be denied. */
export function caughtRequests(): { urlPattern: string; resourceType?: string }[] {
  return [
    { urlPattern: '*', resourceType: 'Document' },
    ...[...handlers.keys()].map((scheme) => ({ urlPattern: `http://*.${scheme}.localhost/*` })),
  ];
}

export interface CaughtRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  postData?: string;
}

/** Answer of the app's handler in the words of DevTools. */
export async function answerRequest(request: CaughtRequest): Promise<object> {
  const url = innerUrl(request.url);
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  if (!handler) throw new Error(`no handler for ${url} in ${settings.appFolder}`);
  const init: RequestInit = { method: request.method, headers: request.headers };
  if (request.postData !== undefined) init.body = request.postData;
  const response = await handler(new Request(url, init));
  return {
    responseCode: response.status,
    responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
  };
}
