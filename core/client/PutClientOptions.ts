import type { PathKind } from '../protocol/handshake.ts';
import type { Clock, MessageCompression, Random } from '../session/ports.ts';
import type { Dial, TargetAddress } from './paths.ts';

export interface PutClientOptions {
  readonly target: TargetAddress;
  readonly pathOrder: readonly PathKind[];
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: Random;
  /** Name and version, told to the master. */
  readonly software: string;
  /** Name of this machine, for the ports table and the timeline. */
  readonly clientSystem: string;
  readonly compression?: MessageCompression | undefined;
  /** Called on every change of state or of the line's figures. */
  readonly onChange: () => void;
}
