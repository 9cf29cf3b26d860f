import { encodeBody } from '../../core/protocol/body.ts';
import { encodeFrame, FrameType, PREFACE } from '../../core/protocol/frame.ts';
import type { Hello, Welcome } from '../../core/protocol/handshake.ts';
import { greet } from '../../core/session/handshake.ts';
import type { Random, Transport } from '../../core/session/ports.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import type { PortRole } from '../../services/portmgmt/Portmgmt.ts';
import { ANNA } from '../../services/testing/clients.ts';
import { createMasterRig, RIG_PORTS, settle, type MasterRig } from '../../services/testing/masterRig.ts';
import { chooseRound, handOffHello, type RoundCounts } from './leaseRounds.ts';

/** Between two rounds, of the rig's clock; a lease that was cancelled is back 1 s later. */
const ROUND_MS = 400;
const LATENCY_MS = 5;
const GREETING_MS = 6 * LATENCY_MS;
const NOBODY = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

interface Greeted {
  readonly transport: Transport;
  readonly wire: Wire;
  readonly welcome: Welcome;
}

async function greeted(rig: MasterRig, role: PortRole, port: number, hello: Partial<Hello>): Promise<Greeted> {
  const { transport, wire } = rig.dial(role, port, { latencyMs: LATENCY_MS });
  const { welcome } = await settle(rig.clock, greet(transport, handOffHello(hello), rig.clock), GREETING_MS);
  transport.setHandlers(NOBODY);
  return { transport, wire, welcome };
}

async function round(rig: MasterRig, random: Random, counts: RoundCounts): Promise<void> {
  const kind = chooseRound(random);
  counts.rounds++;
  counts.byKind[kind]++;
  if (kind === 'cancel-in-handshake' || kind === 'cancel-in-hello') {
    const body = encodeBody(handOffHello({ password: ANNA }));
    const hello = encodeFrame({ type: FrameType.hello, flags: 0, channel: 0, sequence: 0, acknowledgement: 0, body });
    const greeting = Buffer.concat([PREFACE, hello]);
    const from = kind === 'cancel-in-handshake' ? 0 : PREFACE.length;
    const upTo = kind === 'cancel-in-handshake' ? PREFACE.length : greeting.length;
    const { transport, wire } = rig.dial('negotiation', RIG_PORTS.negotiation, { latencyMs: LATENCY_MS });
    transport.setHandlers(NOBODY);
    transport.send(greeting.subarray(0, from + Math.floor(random() * (upTo - from))));
    await rig.clock.advance(GREETING_MS);
    // Some leave, of others nothing is ever heard again.
    if (random() < 0.5) transport.destroy();
    else wire.cut({ silent: true });
    return;
  }
  const { transport, wire, welcome } = await greeted(rig, 'negotiation', RIG_PORTS.negotiation, { password: ANNA });
  const { lease, sessionToken } = welcome;
  if (!lease || sessionToken === undefined) {
    counts.rangeFull++;
    wire.cut();
    return;
  }
  counts.offered++;
  if (!(RIG_PORTS.gui as readonly number[]).includes(lease.port)) counts.outOfRange++;
  const { leaseToken } = lease;
  switch (kind) {
    case 'cancel-after-offer':
      transport.end();
      return;
    case 'kill':
      wire.cut({ silent: random() < 0.25 });
      return;
    case 'half-open-watch': {
      const watch = await greeted(rig, 'watch', RIG_PORTS.watch, { purpose: 'watch', leaseToken });
      watch.wire.cut({ silent: true });
      wire.cut({ silent: random() < 0.5 });
      return;
    }
    case 'hand-off-then-destroy': {
      const watch = await greeted(rig, 'watch', RIG_PORTS.watch, { purpose: 'watch', leaseToken });
      const moved = await greeted(rig, 'gui', lease.port, { purpose: 'session', sessionToken, leaseToken });
      counts.handedOff++;
      watch.transport.end();
      transport.end();
      moved.wire.cut();
      return;
    }
  }
}

/**
 * Rounds against portmgmt in this process, over wires in memory and a clock that is moved: here a half-open connection is
 * really half open. Answers the leases left when everybody's grace is over.
 */
export async function runWireRounds(
  rounds: number,
  random: Random,
  counts: RoundCounts,
): Promise<{ leasesLeft: number }> {
  const rig = createMasterRig({ graceMs: 60_000 });
  for (let at = 0; at < rounds; at++) {
    await round(rig, random, counts);
    await rig.clock.advance(ROUND_MS);
    // The rig keeps these for its tests.
    rig.wires.length = 0;
    rig.log.lines.length = 0;
  }
  await rig.clock.advance(10 * 60_000);
  return { leasesLeft: rig.master.leases.table.size };
}
