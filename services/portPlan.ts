import { createHash } from 'node:crypto';
import { PutError } from '../core/protocol/errors.ts';
import type { Config } from './config/Config.ts';
import type { PortMap } from './portmgmt/PortsTopic.ts';
import type { PortListeners } from './portmgmt/PortListeners.ts';

/** Below the ports that systems give to outgoing connections (32768 and up on Linux), above the registered ones in use. */
const FREE_FROM = 12_000;
const FREE_TO = 32_000;
const TRIES = 40;

/** The block that a state folder tries as its `tries`-th: the same ones in the same order at each start, others than those of another folder. */
function blockOf(stateFolder: string, tries: number): number {
  const digest = createHash('sha256').update(`${tries} ${stateFolder}`).digest();
  return FREE_FROM + (digest.readUInt32BE(0) % (FREE_TO - FREE_FROM));
}

/** The ports that the Config file names. */
export function portsOfConfig(config: Config): PortMap {
  const gui: number[] = [];
  for (let port = config.ccPort + 2; port < config.ccPort + config.ccPortCount; port++) gui.push(port);
  return {
    negotiation: config.ccPort,
    watch: config.ccPort + 1,
    gui,
    service: config.servicePort,
    chat: config.chatPort,
    web: config.sslPort,
  };
}

/** Left free behind the range, as 9010 and 9011 are by default: the ports that PUT is known to offer beyond it. */
const GAP = 2;

/**
 * All ports in one block from `base` on: CCPORT and its range, two left free, then SERVICEPORT, CHATPORT, SSLPORT.
 * Throws `usage` beyond 65535.
 */
export function portsOfBlock(base: number, config: Config): PortMap {
  const after = base + config.ccPortCount + GAP;
  if (after + 2 > 65_535) throw new PutError('usage', `--port-base ${base}: the block ends beyond 65535`);
  return portsOfConfig({ ...config, ccPort: base, servicePort: after, chatPort: after + 1, sslPort: after + 2 });
}

/**
 * Opens the listeners at the ports asked for; for base 0 at the first free block of those that belong to the state folder, so that saved systems find it there
 * again. Throws what `PortListeners.open` throws.
 */
export async function openPorts(
  config: Config,
  { portBase, stateFolder }: { readonly portBase: number | undefined; readonly stateFolder: string },
  listen: (ports: PortMap) => Promise<PortListeners>,
): Promise<{ ports: PortMap; listeners: PortListeners }> {
  if (portBase !== 0) {
    const ports = portBase === undefined ? portsOfConfig(config) : portsOfBlock(portBase, config);
    return { ports, listeners: await listen(ports) };
  }
  for (let tries = 1; ; tries++) {
    const ports = portsOfBlock(blockOf(stateFolder, tries), config);
    try {
      return { ports, listeners: await listen(ports) };
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'port-in-use' || tries >= TRIES) throw error;
    }
  }
}
