import type { App, Session, WebContents } from 'electron';
import { isOwnAddress } from './origin.ts';

/** The one thing that a page may ask the browser for: putting text on the clipboard after a click. */
const GRANTED: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** Every permission is refused, asked for or checked, but the ones above for the app's own pages. */
export function refusePermissions(session: Session): void {
  const granted = (permission: string, address: string): boolean => GRANTED.has(permission) && isOwnAddress(address);
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(granted(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => granted(permission, origin));
  session.setDevicePermissionHandler(() => false);
}

/** Whatever page comes to be: it stays in the app, opens nothing and holds no webview. */
export function guardContents(contents: WebContents, tell: (message: string) => void): void {
  contents.setWindowOpenHandler(({ url }) => {
    tell(`a page wanted to open ${url}`);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    if (isOwnAddress(event.url)) return;
    event.preventDefault();
    tell(`a page wanted to go to ${event.url}`);
  });
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    tell('a page wanted to hold a webview');
  });
}

export function guardAllContents(app: App, tell: (message: string) => void): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, tell));
  // A certificate that the system does not trust is never waved through; the windows load nothing from the network anyway.
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, answer) => {
    event.preventDefault();
    answer(false);
  });
}
