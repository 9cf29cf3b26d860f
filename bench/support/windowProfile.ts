import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CDPSession } from 'playwright-core';

/** What a window does in a part of a measurement, for who looks for what takes its time. */
export interface WindowProfile {
  start(): Promise<void>;
  /** Writes `<name>.cpuprofile` and `<name>.messages.json` since the start. */
  end(name: string): Promise<void>;
}

const NO_PROFILE: WindowProfile = { start: () => Promise.resolve(), end: () => Promise.resolve() };
/** Time between two samples. */
const SAMPLE_MICROSECONDS = 500;

/** Does nothing where no folder is given. */
export function windowProfile(session: CDPSession, folder: string | undefined): WindowProfile {
  if (folder === undefined) return NO_PROFILE;
  mkdirSync(folder, { recursive: true });
  let messages: { readonly seconds: number; readonly chars: number; readonly begin: string }[] = [];
  session.on('Network.webSocketFrameReceived', ({ timestamp, response: { payloadData } }) => {
    messages.push({ seconds: timestamp, chars: payloadData.length, begin: payloadData.slice(0, 200) });
  });
  return {
    async start() {
      messages = [];
      await session.send('Network.enable');
      await session.send('Profiler.enable');
      await session.send('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
      await session.send('Profiler.start');
    },
    async end(name) {
      const { profile } = await session.send('Profiler.stop');
      await session.send('Network.disable');
      writeFileSync(join(folder, `${name}.cpuprofile`), JSON.stringify(profile));
      writeFileSync(join(folder, `${name}.messages.json`), JSON.stringify(messages, undefined, 1));
    },
  };
}
