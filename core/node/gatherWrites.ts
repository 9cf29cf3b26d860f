import type { Duplex } from 'node:stream';

/**
 * Brings everything that is written to a stream in one turn out together: by one call of the system, and with TCP_NODELAY in one packet. For a writer that
 * writes in small pieces, as ssh2 does: three of a packet, and several packets of one question.
 */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...words: unknown[]) => boolean;
  let gathering = false;
  stream.write = (...words: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      stream.cork();
      process.nextTick(() => {
        gathering = false;
        stream.uncork();
      });
    }
    return write(...words);
  };
}
