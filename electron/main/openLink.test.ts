import { describe, expect, it } from 'vitest';
import type { SavedSystem } from '../../core/workbench/state.ts';
import { answerLink, linkOfArguments } from './openLink.ts';

const saved = (systemId: string, name: string, host: string): SavedSystem => ({
  ...{ systemId, name, host, ccPort: 9000, sslPort: 9001, servicePort: 9010, chatPort: 9011 },
  ...{ pathOrder: ['single-port'], practice: false },
});
const systems = [saved('s 1', 'prod-east', 'east'), saved('s2', 'west a', 'west'), saved('s3', 'west b', 'west')];

describe('a link that is opened', () => {
  it('is found among the arguments of a start', () => {
    expect(linkOfArguments(['/usr/bin/put-desktop', '--practice', 'put://prod-east/1'])).toBe('put://prod-east/1');
    expect(linkOfArguments(['electron', '.', 'PUT://x'])).toBe('PUT://x');
    expect(linkOfArguments(['/usr/bin/put-desktop', 'putter.rpm'])).toBeUndefined();
  });

  it('leads to the place', () => {
    expect(answerLink('put://prod-east', systems)).toEqual({ address: '#/system/s%201/operations' });
    expect(answerLink('put://PROD-EAST/1042', systems)).toEqual({ address: '#/system/s%201/job/1042' });
    expect(answerLink('put://west%20a/job-9/tpa-1', systems)).toEqual({ address: '#/system/s2/job/job-9/node/tpa-1' });
  });

  it('says what is wrong with it', () => {
    expect(answerLink('put://prod-east/1?do=exit', systems)).toMatchObject({
      say: expect.stringMatching(/no link to a place/) as string,
    });
    expect(answerLink('put://north/1', systems)).toMatchObject({
      say: expect.stringMatching(/north, which is not saved here/) as string,
    });
    expect(answerLink('put://west', systems)).toMatchObject({ say: expect.stringMatching(/2 systems here/) as string });
  });
});
