/** The app's own scheme and its one host: a real origin, so that nothing of file:// or of the web can pass for it. */
export const SCHEME = 'app';
export const ORIGIN = 'app://put';
export const START_PAGE = `${ORIGIN}/index.html`;

/** Whether an address belongs to the app's own pages. */
export function isOwnAddress(address: string): boolean {
  return address === ORIGIN || address.startsWith(`${ORIGIN}/`);
}
