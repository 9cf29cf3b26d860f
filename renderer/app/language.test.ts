import { expect, it } from 'vitest';
import { mendLanguage } from './language.ts';

it('takes the place of a language that has no tag, and of no other', () => {
  const languages = ['C', 'POSIX_', '', 'de-CH', 'en'].map((language) => {
    const browser = Object.create({ language }) as { language: string };
    mendLanguage(browser);
    return new Intl.NumberFormat(browser.language) && browser.language;
  });
  expect(languages).toEqual(['en-US', 'en-US', 'en-US', 'de-CH', 'en']);
});
