/** Words of the settings of this client system, and of what is installed. */
export const settingsTexts = {
  title: 'Settings',
  shown: 'How it looks',
  kept: 'kept on this client system',
  themeText: 'System: as the operating system has it.',
  times: 'Times',
  timesIn: { local: 'Local', utc: 'UTC' },
  timesText: 'Times in UTC end with a Z. Tables that are saved, and reports, have UTC either way.',
  about: 'About',
  thisEnd: 'This end',
  otherEnd: (system: string) => `putservices of ${system}`,
  carriers: { desktop: 'PUT Desktop', console: 'putctl console', web: 'console in the browser' },
  version: (version: string, carrier: string, platform: string) => `${carrier} ${version} on ${platform}`,
  software: (software: string, other: boolean) => (other ? `${software}: another version than this end` : software),
  unknownVersion: 'not told',
  passwords: 'Passwords',
  keyring: 'kept in the keyring of the operating system where you say so',
  noKeyring: 'not kept: there is no keyring that can be used',
  licences: 'Licences',
  licencesText:
    'Parts of others are in PUT Desktop and in putservices. Their licences come with each, as texts in the folder licences beside the program; nothing is fetched from elsewhere.',
};
