import type { ErrorReport } from '../electron/contract/bridge.ts';

/** Where a page signs in: what the system says of itself before that, and why the session of before ended. */
export interface SignInPage {
  readonly systemName: string;
  readonly practice: boolean;
  readonly software: string;
  readonly cause?: ErrorReport | undefined;
}

export type CarrierState =
  | { readonly kind: 'connecting' | 'open' }
  /** Still open; the round trip is that of this page's own line. */
  | { readonly kind: 'alive'; readonly roundTripMs: number | undefined }
  /** `nextTryAtMs` is absent while it is tried. Times in ms since 1970. */
  | {
      readonly kind: 'lost';
      /** When something was last heard. */
      readonly heardAtMs: number;
      readonly sinceMs: number;
      readonly attempt: number;
      readonly nextTryAtMs?: number | undefined;
    }
  | { readonly kind: 'signed-out'; readonly page: SignInPage };
