import type { LeaseOffer, PathKind, Welcome } from '../protocol/handshake.ts';
import type { Transport } from '../session/ports.ts';

/** What a session is made by: a password, or the token of a session that is kept to sign in by. */
export type SignInBy = { readonly user: string; readonly password: string } | { readonly keptSessionToken: string };

/** Who connects: by what makes a session, or by the token of one. */
export type Credentials =
  | SignInBy
  | {
      readonly sessionToken: string;
      /** Highest number received, asked for when the greeting is written; absent or undefined: the numbers begin anew. */
      readonly received?: (() => number | undefined) | undefined;
      readonly lease?: LeaseOffer | undefined;
    };

/** A line that is through the handshake, ready for a SessionLink. */
export interface ConnectedLine {
  readonly path: PathKind;
  /** The way that was tried, where it ended in another one: a hand-off without a free port. */
  readonly tried?: PathKind | undefined;
  readonly transport: Transport;
  readonly rest: Uint8Array;
  readonly welcome: Welcome;
  /** The GUI port this line came in by, when it was handed off. */
  readonly lease?: LeaseOffer | undefined;
}
