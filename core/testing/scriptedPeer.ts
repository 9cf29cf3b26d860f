import { FrameType, type Frame } from '../protocol/frame.ts';
import { FrameReader } from '../protocol/FrameReader.ts';
import type { Transport } from '../session/ports.ts';

/** What a scripted peer may hear: the opening of the line, or a frame by the name of its type. */
export type PeerCue = 'open' | keyof typeof FrameType;

/** Raw bytes to answer, right or wrong; `hang-up` ends the line, `vanish` destroys it; a function may look at the frame. */
export type PeerAnswer = Uint8Array | 'hang-up' | 'vanish';
export type PeerScript = Partial<
  Record<PeerCue, readonly PeerAnswer[] | ((frame: Frame | undefined) => readonly PeerAnswer[])>
>;

const NAMES = new Map<FrameType, keyof typeof FrameType>(
  Object.entries(FrameType).map(([name, type]) => [type, name as keyof typeof FrameType]),
);

export interface ScriptedPeer {
  /** Names of the frames heard so far, in order. */
  readonly heard: readonly PeerCue[];
  readonly frames: readonly Frame[];
  /** True when the line was closed by the other end or by a cut. */
  readonly closed: boolean;
  say(...answers: readonly PeerAnswer[]): void;
}

/** A peer that answers by the book it is given, to show what the other end does with every kind of wrong answer. */
export function createScriptedPeer(
  transport: Transport,
  script: PeerScript,
  options: { expectPreface: boolean } = { expectPreface: false },
): ScriptedPeer {
  const frames: Frame[] = [];
  const heard: PeerCue[] = [];
  let closed = false;
  const say = (...answers: readonly PeerAnswer[]): void => {
    for (const answer of answers) {
      if (answer === 'hang-up') transport.end();
      else if (answer === 'vanish') transport.destroy();
      else transport.send(answer);
    }
  };
  const play = (cue: PeerCue, frame: Frame | undefined): void => {
    heard.push(cue);
    const lines = script[cue] ?? [];
    say(...(typeof lines === 'function' ? lines(frame) : lines));
  };
  const reader = new FrameReader((frame) => {
    frames.push(frame);
    play(NAMES.get(frame.type) ?? 'open', frame);
  }, options);
  transport.setHandlers({
    onData: (bytes) => reader.push(bytes),
    onDrain: () => {},
    onClose: () => {
      closed = true;
    },
  });
  play('open', undefined);
  return {
    heard,
    frames,
    get closed() {
      return closed;
    },
    say,
  };
}
