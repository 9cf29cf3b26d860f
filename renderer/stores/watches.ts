import type { JobPartName } from '../../core/model/jobParts.ts';
import type { BridgeAnswer, ShownTopic, WindowBridge } from '../../electron/contract/bridge.ts';

/** What a window watches beside the picture that everybody gets. */
export type Watched =
  | { readonly kind: 'job'; readonly systemId: string; readonly jobId: string; readonly part?: JobPartName | undefined }
  | { readonly kind: 'topic'; readonly systemId: string; readonly topic: ShownTopic };

/** The watches of a window. The other end drops them with the line, so they are opened again when it is back. */
export interface Watches {
  open(watched: Watched): Promise<BridgeAnswer<object>>;
  close(watched: Watched): Promise<BridgeAnswer<object>>;
  /** The line is a new one: opens what is open, as often as it was. */
  openAgain(): void;
}

export function createWatches(bridge: Pick<WindowBridge, 'invoke'>): Watches {
  const open = new Map<string, { readonly watched: Watched; count: number }>();
  const ask = (what: 'open' | 'close', watched: Watched): Promise<BridgeAnswer<object>> => {
    const { systemId } = watched;
    if (watched.kind === 'topic') return bridge.invoke(`topic.${what}`, { systemId, topic: watched.topic });
    const { jobId, part } = watched;
    return bridge.invoke(`job.${what}`, { systemId, jobId, ...(part === undefined ? {} : { part }) });
  };
  return {
    open(watched) {
      const key = JSON.stringify(watched);
      const known = open.get(key);
      if (known) known.count += 1;
      else open.set(key, { watched, count: 1 });
      return ask('open', watched);
    },
    close(watched) {
      const key = JSON.stringify(watched);
      const known = open.get(key);
      if (known && --known.count <= 0) open.delete(key);
      return ask('close', watched);
    },
    openAgain() {
      for (const { watched, count } of open.values()) for (let i = 0; i < count; i += 1) void ask('open', watched);
    },
  };
}
