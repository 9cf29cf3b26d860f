import type { Duplex } from 'node:stream';
import type { SshTarget, WaySecrets } from '../../model/ways.ts';
import { PutError } from '../../protocol/errors.ts';
import type { TcpOptions } from '../connectTcp.ts';
import { openOwnSsh } from './ownSsh.ts';
import { hasSshProgram, type SshSurroundings } from './sshConfiguration.ts';
import { resolveSshHops } from './sshHostSettings.ts';
import { joinFailures, NEXT_ADDRESS_AFTER, openSshTunnel, type TunnelEnd } from './sshTunnel.ts';

/** After these the machine's own ssh takes the way. */
const LEFT_TO_OPENSSH: ReadonlySet<string> = new Set(['ssh-program-needed', 'ssh-packet-too-large']);

/**
 * A stream to `end` by SSH, as the entry and the ssh configuration say: by the library, or by the machine's own ssh where
 * only that can use what the host or the keys need (docs/decisions/011). Rejects with the errors of `openSshTunnel`,
 * `openOwnSsh` and `resolveSshHops`.
 */
export async function openSshWay(
  target: SshTarget,
  end: TunnelEnd,
  surroundings: SshSurroundings,
  secrets: WaySecrets,
  signal: AbortSignal,
  onAnswered?: () => void,
  options: TcpOptions = {},
): Promise<Duplex> {
  const hops = await resolveSshHops(target, surroundings, signal);
  const { program } = surroundings;
  const hasProgram = program !== undefined && (await hasSshProgram(program, signal));
  const leavesToOpenSsh = (onlyOpenSsh: readonly string[]): boolean => hasProgram && onlyOpenSsh.length > 0;
  try {
    return await openSshTunnel(hops, end, secrets, signal, onAnswered, { ...options, leavesToOpenSsh });
  } catch (error) {
    const hop = hops.at(-1);
    if (!hasProgram || !hop || !(error instanceof PutError) || !LEFT_TO_OPENSSH.has(error.code)) throw error;
    const failures: PutError[] = [];
    for (const host of end.hosts) {
      try {
        return await openOwnSsh({ program, target, hop, end: { host, port: end.port } }, surroundings, secrets, signal);
      } catch (failure) {
        if (!(failure instanceof PutError) || !NEXT_ADDRESS_AFTER.has(failure.code)) throw failure;
        failures.push(failure);
      }
    }
    throw joinFailures(failures);
  }
}
