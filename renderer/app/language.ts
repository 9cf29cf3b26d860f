/** What the windows are written in. */
const OURS = 'en-US';

/**
 * Browsers of a machine without a language (`LANG=C`) may call it by no language tag, at which everything that formats by language throws, the chart library
 * as it is loaded. Ours takes its place there.
 */
export function mendLanguage(browser: { readonly language: string }): void {
  try {
    Intl.getCanonicalLocales(browser.language);
  } catch {
    Object.defineProperty(browser, 'language', { value: OURS, configurable: true });
  }
}
