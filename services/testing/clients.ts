import type { Hello, Welcome } from '../../core/protocol/handshake.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import type { PortRole } from '../portmgmt/Portmgmt.ts';
import { settle, type MasterRig } from './masterRig.ts';
import { TestClient } from './TestClient.ts';

export const ANNA = { user: 'anna', password: 'anna-password' };

/** Greets over a new wire; the clock moves on by a second. */
export async function connect(
  rig: MasterRig,
  client: TestClient,
  hello: Partial<Hello>,
  at: { role: PortRole; port: number } = { role: 'negotiation', port: 9000 },
): Promise<{ welcome: Welcome; wire: Wire }> {
  const { transport, wire } = rig.dial(at.role, at.port);
  return { welcome: await settle(rig.clock, client.connect(transport, hello)), wire };
}

/** A client that is signed in by single port. */
export async function signIn(
  rig: MasterRig,
  password = ANNA,
  more: Partial<Hello> = {},
): Promise<{ client: TestClient; wire: Wire }> {
  const client = new TestClient(rig.clock);
  const { wire } = await connect(rig, client, { password, ...more });
  return { client, wire };
}

/** A client that signed in and asked something: a session that was never used is kept only shortly. */
export async function signInAndUse(...args: Parameters<typeof signIn>): ReturnType<typeof signIn> {
  const [rig] = args;
  const signedIn = await signIn(...args);
  await settle(rig.clock, signedIn.client.request('nodes.refresh', {}));
  return signedIn;
}
