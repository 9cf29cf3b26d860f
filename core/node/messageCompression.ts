import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { PutError, reportOf } from '../protocol/errors.ts';
import type { MessageCompression } from '../session/ports.ts';

/** Words that messages of this protocol are full of, the most frequent last, as deflate prefers them. Part of capability deflate-1: never change it. */
const DICTIONARY = Buffer.from(
  [
    'pretrans posttrans preun postun verifyscript installedBytes uploadedAtMs uploadedBy obsoletes conflicts provides requires',
    'clientSystem sessionId endsAtMs sinceMs listening never-offered negotiation detached attached offered connections lease',
    'configuration-mode select-nodes find-systems group-nodes package-source select-packages spool-area switch-versions validation finished',
    'groupingKey fileSystems totalBytes freeBytes memoryBytes kernel service reachable unknown packages release version epoch arch x86_64 noarch',
    'operationId install-upgrade-software startedBy startedAtMs driver jobNumber eventNumber currentStep stepOrder nextOffBecause canBack',
    'spooling shutdown package-install start successful unchanged ignored unreachable skipped attempt percent endedAtMs startedAtMs outcomes',
    'waiting running failed warned cause code message cells steps nodes TPA HSN NONTPA AWS SWS tpa-0 state ok',
  ].join(' '),
  'latin1',
);

/** Raw deflate, each message by itself, with a preset dictionary; a message replayed after a cut decompresses alike. */
export const deflateCompression: MessageCompression = {
  capability: 'deflate-1',
  compress: (body) => deflateRawSync(body, { dictionary: DICTIONARY, level: 6 }),
  decompress(body, limitBytes) {
    try {
      return inflateRawSync(body, { dictionary: DICTIONARY, maxOutputLength: limitBytes });
    } catch (error) {
      throw new PutError(
        'body-invalid',
        `a compressed message cannot be read: ${reportOf(error).message}`,
        {},
        { cause: error },
      );
    }
  },
};
