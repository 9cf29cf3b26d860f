import { expect, it } from 'vitest';
import { jobSettings } from './jobSettings.ts';
import { INSTALL_UPGRADE_SOFTWARE } from './operations/installUpgradeSoftware.ts';
import { settingsInWords, settingsToSay } from './settingWords.ts';

const { id: operationId, settings: specs } = INSTALL_UPGRADE_SOFTWARE;

it('settings of a job are told in words: names, times as people write them, moments by the reader', () => {
  const given = {
    nodesAtOnce: 8,
    stopAt: 'job 10 %, wave 2',
    confirmWithin: '2 h',
    notBefore: '2026-11-27T01:00+01:00',
  };
  const words = settingsInWords(
    { operationId, settings: { ...jobSettings(specs, given), ofAnotherVersion: true } },
    (atMs) => `at ${atMs}`,
  );
  expect(words.map(({ title, text }) => `${title}: ${text}`)).toEqual([
    `Not before: at ${Date.UTC(2026, 10, 27)}`,
    'Stop at: job 10 %, wave 2',
    'Nodes at once: 8',
    'Confirm within: 2 h',
    'Of another version: yes',
  ]);
});

it('what may be said at a start is what the master tells, less what it says itself and what is not understood here', () => {
  const told = JSON.parse(JSON.stringify({ ...specs, colour: { type: 'colour', help: 'newer' } })) as typeof specs;
  const say = settingsToSay('install-upgrade-software', Object.fromEntries(Object.entries(told).reverse()));
  expect(Object.keys(say)).toEqual(Object.keys(specs).filter((name) => name !== 'signatures'));
  expect(say['gatePort']).toEqual(specs['gatePort']);
});
