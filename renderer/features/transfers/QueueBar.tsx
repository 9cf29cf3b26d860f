import { useId, useState } from 'react';
import type { SystemView, TransferView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { formatAge, formatBytes, formatRate } from '../../components/format.ts';
import { t } from '../../texts/en.ts';
import { News } from '../../components/News.tsx';

const words = t.transfers;
const BYTES_PER_KB = 1_000;
const MOST_CAP_KB = 1e9;

/** What the queue has before it, in words; nothing where nothing is left to send. */
export function queueText(transfers: readonly TransferView[]): string {
  const count = (...states: TransferView['state'][]): number =>
    transfers.filter(({ state }) => states.includes(state)).length;
  const sending = count('hashing', 'sending', 'line-lost', 'confirming');
  const waiting = count('waiting');
  const paused = count('paused');
  // Of what waits the size is known once its file was opened.
  const known = transfers.filter(({ state }) => state === 'sending' || state === 'paused' || state === 'line-lost');
  const leftBytes = known.reduce((sum, { sizeBytes, sentBytes }) => sum + sizeBytes - sentBytes, 0);
  const moving = transfers.filter(({ state }) => state === 'sending');
  const rate = moving.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
  const movingBytes = moving.reduce((sum, { sizeBytes, sentBytes }) => sum + sizeBytes - sentBytes, 0);
  return [
    sending > 0 && words.queue.sending(sending),
    waiting > 0 && words.queue.waiting(waiting),
    paused > 0 && words.queue.paused(paused),
    leftBytes > 0 && words.queue.left(formatBytes(leftBytes)),
    rate > 0 && waiting === 0 && words.queue.rest(formatAge((movingBytes / rate) * 1_000)),
    rate > 0 && formatRate(rate),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** The queue in a line, the cap of the system, and what acts on all transfers. */
export function QueueBar({ system, transfers }: { system: SystemView; transfers: readonly TransferView[] }) {
  const { pauseUpload, resumeUpload } = useActions();
  const { systemId } = system.saved;
  const paused = transfers.filter(({ state }) => state === 'paused');
  const going = transfers.filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'hashing');
  return (
    <div className="queue-bar">
      <News as="span" className="sub num">
        {queueText(transfers)}
      </News>
      <UploadCap system={system} />
      {going.length > 1 && (
        <button
          type="button"
          className="btn small"
          onClick={() => {
            // What waits first: a place that becomes free would start it.
            const inTurn = [...going].sort((a, b) => Number(b.state === 'waiting') - Number(a.state === 'waiting'));
            for (const { transferId } of inTurn) void pauseUpload(systemId, transferId);
          }}
        >
          {words.pauseAll}
        </button>
      )}
      {paused.length > 1 && (
        <button
          type="button"
          className="btn small"
          onClick={() => {
            for (const { transferId } of paused) void resumeUpload(systemId, transferId);
          }}
        >
          {words.resumeAll}
        </button>
      )}
    </div>
  );
}

/** Bytes a second of what was typed as kB a second; undefined: no cap; null: neither. */
export function capTyped(text: string): number | undefined | null {
  const typed = text.trim();
  if (typed === '') return undefined;
  const kb = Number(typed.replace(',', '.'));
  return Number.isFinite(kb) && kb >= 1 && kb <= MOST_CAP_KB ? Math.round(kb * BYTES_PER_KB) : null;
}

function UploadCap({ system }: { system: SystemView }) {
  const { setUploadCap } = useActions();
  const { systemId, uploadCapBytesPerSecond: present } = system.saved;
  const shown = present === undefined ? '' : String(present / BYTES_PER_KB);
  const [text, setText] = useState(shown);
  const id = useId();
  const [before, setBefore] = useState(shown);
  if (before !== shown) {
    // Set meanwhile, here or in another window.
    setBefore(shown);
    setText(shown);
  }
  const typed = capTyped(text);
  const set = (): void => {
    if (typed !== null && typed !== present) void setUploadCap(systemId, typed);
  };
  const rate = typeof typed === 'number' ? formatRate(typed) : undefined;
  return (
    <div className="upload-cap">
      <label id={`${id}-label`} htmlFor={id}>
        {words.cap.label}
      </label>
      <input
        id={id}
        aria-labelledby={`${id}-label ${id}-unit`}
        aria-describedby={`${id}-hint`}
        inputMode="decimal"
        className="num"
        value={text}
        maxLength={12}
        aria-invalid={typed === null}
        onChange={(event) => setText(event.target.value)}
        onBlur={set}
        onKeyDown={(event) => {
          if (event.key === 'Enter') set();
          if (event.key === 'Escape') setText(shown);
        }}
      />
      <span id={`${id}-unit`}>{words.cap.unit}</span>
      <small id={`${id}-hint`} className={typed === null ? 'fail-text' : 'sub'}>
        {typed === null ? words.cap.wrong : words.cap.hint(rate)}
      </small>
    </div>
  );
}
