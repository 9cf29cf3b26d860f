import { expect, it } from 'vitest';
import { createRpmLogReader } from './rpmLog.ts';

const planned = { name: 'ptools', epoch: 0, version: '17.20', release: '1', arch: 'noarch' };

it('names a lock that another transaction holds', () => {
  const todo = [{ ...planned, fileName: 'ptools.rpm', sha256: '', fileBytes: 1, mandatory: false }];
  const reader = createRpmLogReader('n1', todo, { onPercent: () => {}, onBegun: () => {} });
  reader.take("error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)");
  expect(reader.log()).toMatchObject({ refused: true, failures: { ptools: { code: 'rpm-locked' } } });
});
