import type { Duplex } from 'node:stream';

/**
 * Brings everything that is written to a stream in one turn out together: by one call of the system, and with TCP_NODELAY in one packet. For a writer that
 * writes in small pieces, as ssh2 does: three of a packet, and several packets of one question. Where the stream is a channel of another connection, it is
 * also what keeps a packet whole: ssh2 has one block of memory for what chacha20 counts in all connections, so that none may be made amid another one.
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
