import { applyPatch } from '../../core/replica/patch.ts';
import type { BridgePush, ErrorReport, SystemView, WorkbenchState } from '../../electron/contract/bridge.ts';
import type { CarrierState, SignInPage } from '../carrierState.ts';
import type { LastSeen } from './lastSeen.ts';

/** The workbench's picture as this window has it; a copy, never a second truth. */
export interface PictureState {
  readonly picture: WorkbenchState | undefined;
  /** Number of the last push taken in; 0 before the first snapshot. */
  readonly pictureNumber: number;
  /** What views showed before they were left. */
  readonly lastSeen: LastSeen;
  /** State of the carrier between this window and the workbench. */
  readonly carrier: Exclude<CarrierState['kind'], 'alive'>;
  /** Where the carrier is the line itself: its round trip in ms, `unknown` before it was measured. Absent: the line is the workbench's. */
  readonly ownRoundTrip: number | 'unknown' | undefined;
  /** Where this page signs in, while it is signed out. */
  readonly signInPage: SignInPage | undefined;
}

export const initialPicture: PictureState = {
  picture: undefined,
  pictureNumber: 0,
  lastSeen: {},
  carrier: 'connecting',
  ownRoundTrip: undefined,
  signInPage: undefined,
};

/** Why a line is down that is known by its silence alone. */
const LINE_LOST: ErrorReport = {
  code: 'line-lost',
  message: 'the line from this page to the master node is lost',
  details: {},
};

/**
 * The picture of a page after the loss of its carrier: what is known of each system is of then. Where the carrier is the line itself (`isLine`), each session
 * waits for its line, as in a desktop that lost it; else what became of the line is not known. The next snapshot takes its place.
 */
export function withCarrierLost(
  picture: WorkbenchState,
  { heardAtMs, sinceMs, attempt, nextTryAtMs }: Extract<CarrierState, { kind: 'lost' }>,
  isLine: boolean,
): WorkbenchState {
  const lost = (system: SystemView): SystemView => {
    const { session } = system;
    if (!isLine || (session.kind !== 'online' && session.kind !== 'waiting'))
      return system.heardAtMs === undefined ? { ...system, heardAtMs } : system;
    const { user } = session;
    return {
      ...system,
      heardAtMs,
      session: { kind: 'waiting', user, lostSinceMs: sinceMs, attempt, nextTryAtMs, cause: LINE_LOST },
    };
  };
  const systems = Object.entries(picture.systems).map(([systemId, system]) => [systemId, lost(system)] as const);
  return { ...picture, systems: Object.fromEntries(systems) };
}

/** Pushes kept while a snapshot is on its way; beyond it the oldest go, and the gap asks for another snapshot. */
const HELD_PUSHES = 500;

export interface PictureFeed {
  /** Takes a push in; a gap asks for a snapshot. */
  readonly push: (push: BridgePush) => void;
  /** Asks for the whole picture; one request at a time. */
  readonly resnapshot: () => Promise<void>;
}

type Snapshot = { number: number; state: WorkbenchState };

/**
 * Keeps the picture in step with the numbered pushes. `askSnapshot` answers undefined when it failed; the next push or
 * reconnect asks again.
 */
export function createPictureFeed(
  read: () => PictureState,
  write: (next: Partial<PictureState>) => void,
  askSnapshot: () => Promise<Snapshot | undefined>,
): PictureFeed {
  let held: BridgePush[] = [];
  let asking: Promise<void> | undefined;
  /** What was taken in and is not shown yet: parts of a change, until its last has come. */
  let ahead: Pick<PictureState, 'picture' | 'pictureNumber'> | undefined;

  const takeIn = (push: BridgePush): 'taken' | 'old' | 'gap' => {
    const { picture, pictureNumber } = ahead ?? read();
    if (!picture) return 'gap';
    if (push.number <= pictureNumber) return 'old';
    if (push.base !== pictureNumber) return 'gap';
    const next = { picture: applyPatch(picture, push.patch), pictureNumber: push.number };
    ahead = push.more === true ? next : undefined;
    if (!ahead) write(next);
    return 'taken';
  };

  const resnapshot = (): Promise<void> => {
    asking ??= (async () => {
      const snapshot = await askSnapshot();
      asking = undefined;
      const waiting = held;
      held = [];
      if (!snapshot) return;
      ahead = undefined;
      write({ picture: snapshot.state, pictureNumber: snapshot.number, carrier: 'open', signInPage: undefined });
      for (const push of waiting) if (takeIn(push) === 'gap') return resnapshot();
    })();
    return asking;
  };

  return {
    resnapshot,
    push: (push) => {
      if (asking) {
        held.push(push);
        if (held.length > HELD_PUSHES) held.shift();
        return;
      }
      if (takeIn(push) === 'gap') {
        held.push(push);
        void resnapshot();
      }
    },
  };
}
