import type { BridgeAnswer, BridgeResult, TransferView, WorkbenchState } from '../../electron/contract/bridge.ts';
import type { Carrier } from '../bridge.ts';
import { personOf } from './selectors.ts';

interface PageUploadsWiring {
  readonly carrier: Carrier;
  readonly picture: () => WorkbenchState | undefined;
  readonly start: (systemId: string, handles: string[]) => Promise<BridgeResult<'upload.start'> | undefined>;
  readonly resume: (systemId: string, transferId: string) => Promise<BridgeAnswer<object>>;
  /** Names of files that the browser gives again once the person says so. */
  readonly tellAskable: (names: string[]) => void;
}

/** Uploads of files that are with this page, over what may happen to it and to the other end. */
export interface PageUploads {
  readonly start: PageUploadsWiring['start'];
  /** The line is there, or back; `before` is the picture of when it was lost, or its session ended. */
  lineOpen(before: WorkbenchState | undefined): Promise<void>;
  /** Asks the person, within a click, for files of a page that is gone, and goes on with their uploads. */
  goOnWithKept(): Promise<void>;
}

const hasEnded = ({ state }: TransferView): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

export function createPageUploads({ carrier, picture, start, resume, tellAskable }: PageUploadsWiring): PageUploads {
  /** By handle of a file of this page: where its upload was started. */
  const started = new Map<string, string>();

  const startHere: PageUploads['start'] = async (systemId, handles) => {
    for (const handle of handles) if (carrier.files?.nameOf(handle) !== undefined) started.set(handle, systemId);
    return await start(systemId, handles);
  };

  /** Uploads that ended since their file was out of reach. */
  const leftUploads = (names: readonly string[]): [systemId: string, transferId: string][] =>
    Object.entries(picture()?.systems ?? {}).flatMap(([systemId, { transfers }]) =>
      Object.values(transfers)
        .filter(({ fileName, cause }) => cause?.code === 'file-out-of-reach' && names.includes(fileName))
        .map(({ transferId }): [string, string] => [systemId, transferId]),
    );

  return {
    start: startHere,
    /**
     * Files of this page are offered again, and uploads that the other end does not know any more, since putservices was
     * started anew or the session ended meanwhile, are started again where they had not ended. Nothing goes on for another
     * person. Then it is said what became of the files of pages that are gone.
     */
    async lineOpen(before) {
      const was = personOf(before);
      const is = personOf(picture());
      if (was !== undefined && is !== undefined && was !== is) {
        carrier.files?.letGo();
        started.clear();
      }
      const changed = await carrier.files?.offerAgain();
      for (const [old, handle] of changed ?? []) {
        const systemId = started.get(old);
        started.delete(old);
        if (systemId === undefined) continue;
        const name = carrier.files?.nameOf(handle);
        const transfers = Object.values(before?.systems[systemId]?.transfers ?? {});
        if (!transfers.every((transfer) => transfer.fileName !== name || hasEnded(transfer)))
          await startHere(systemId, [handle]);
      }
      if (carrier.files) tellAskable(await carrier.files.takeOver());
    },
    async goOnWithKept() {
      const names = (await carrier.files?.askForKept()) ?? [];
      tellAskable([]);
      for (const [systemId, transferId] of leftUploads(names)) await resume(systemId, transferId);
    },
  };
}
