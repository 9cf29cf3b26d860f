import { askShapeOf } from '../../core/steps/registry.ts';
import type { PageStorage } from '../pageStorage.ts';
import { personOf } from './selectors.ts';
import type { AppState, AppStore } from './store.ts';

/* What a person began and did not send outlives the page: a crash, a power loss and a reload ask nobody before. */

const KINDS = ['drafts', 'messages', 'typed'] as const;
type Kept = (typeof KINDS)[number];
const KEY = new RegExp(`^put-desktop-(${KINDS.join('|')}):(.+)$`);

/** Written once nothing was changed for this long. */
const REST_MS = 300;
/** After this long a job has moved on, or nobody remembers why it was begun. */
const LONGEST_MS = 7 * 24 * 3_600_000;
/** Newest things of all kinds together, and the longest of them in characters: a browser keeps some 5 MB for a page. */
const MOST = 30;
const LONGEST_TEXT = 100_000;

interface Entry {
  /** Of the program that wrote it: what another version began may be of another form. */
  readonly version: string;
  /** Whose work it is: people who sign in to a page one after the other take up their own alone. Empty where the machine's own user is the person. */
  readonly user: string;
  readonly atMs: number;
  readonly value: unknown;
}

function entryOf(text: string | null): Entry | undefined {
  try {
    const entry = JSON.parse(text ?? '') as Partial<Entry> | null;
    const { version, user, atMs, value } = entry ?? {};
    return typeof version === 'string' && typeof user === 'string' && typeof atMs === 'number'
      ? { version, user, atMs, value }
      : undefined;
  } catch {
    return undefined;
  }
}

/** What was read and agreed to is read again after a start; what was only chosen or written is kept. */
function agrees({ picture }: AppState, draftKey: string): boolean {
  const jobId = draftKey.slice(0, draftKey.indexOf('/'));
  for (const { openJobs } of Object.values(picture?.systems ?? {})) {
    const screen = openJobs[jobId]?.screen;
    if (screen) return askShapeOf(screen.kind)?.accepting !== undefined;
  }
  return false;
}

/**
 * Keeps drafts, unsent messages and what was typed into dialogs of a window in `storage`, each under a key of its own, so that windows of one browser take nothing from each other. What an
 * earlier page of the same person left is taken up with the first picture that tells who it is. A session that ends is the end of a page. Only costs what was begun where the storage refuses. Answers what ends it.
 */
export function keepWork(store: AppStore, storage: PageStorage, nowMs: () => number = Date.now): () => void {
  const versionOf = ({ picture }: AppState): string | undefined => picture?.app.version;

  const entries = (): { key: string; kind: Kept; of: string; entry: Entry | undefined }[] =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '').flatMap((key) => {
      const [, kind, of] = KEY.exec(key) ?? [];
      return kind === undefined || of === undefined
        ? []
        : [{ key, kind: kind as Kept, of, entry: entryOf(storage.getItem(key)) }];
    });

  function takeUp(version: string, user: string): void {
    const found = entries().sort((a, b) => (b.entry?.atMs ?? 0) - (a.entry?.atMs ?? 0));
    for (const [index, { key, kind, of, entry }] of found.entries()) {
      const isOurs = entry?.version === version && entry.user === user;
      if (!isOurs || nowMs() - entry.atMs > LONGEST_MS || index >= MOST) storage.removeItem(key);
      else store.setState((state) => ({ [kind]: { [of]: entry.value, ...state[kind] } }));
    }
  }

  function write(before: Pick<AppState, Kept>, state: AppState): void {
    for (const kind of KINDS) {
      for (const of of new Set([...Object.keys(before[kind]), ...Object.keys(state[kind])])) {
        const value = state[kind][of];
        if (before[kind][of] === value || (kind === 'drafts' && agreed.has(of))) continue;
        const key = `put-desktop-${kind}:${of}`;
        const text = JSON.stringify({
          version: versionOf(state) ?? '',
          user: personOf(state.picture) ?? person,
          atMs: nowMs(),
          value,
        });
        try {
          if (value === undefined || value === '' || text.length > LONGEST_TEXT) storage.removeItem(key);
          else storage.setItem(key, text);
        } catch {
          // A full storage: it lives as long as the page, as all did before.
        }
      }
    }
  }

  /** Drafts that agree to something, told when they are changed: a moment later the job may be left. */
  const agreed = new Set<string>();
  const note = (state: AppState, before: AppState): void => {
    if (state.drafts === before.drafts) return;
    for (const of of Object.keys(state.drafts))
      if (state.drafts[of] !== before.drafts[of] && agrees(state, of)) agreed.add(of);
  };

  /** Who it was last: with the line lost, what is typed is still theirs. */
  let person = '';
  let written: Pick<AppState, Kept> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remember = ({ drafts, messages, typed }: AppState): void => void (written = { drafts, messages, typed });
  const flush = (state: AppState): void => {
    clearTimeout(timer);
    timer = undefined;
    if (written) write(written, state);
    remember(state);
  };
  const look = (state: AppState, before: AppState): void => {
    if (state.carrier === 'signed-out') {
      // As with a page that is gone: what the person had is kept, and the next one to sign in takes up their own.
      if (written) flush(before);
      written = undefined;
      return;
    }
    person = personOf(state.picture) ?? person;
    if (written) {
      if (KINDS.some((kind) => written?.[kind] !== state[kind]))
        timer ??= setTimeout(() => flush(store.getState()), REST_MS);
      return;
    }
    const version = versionOf(state);
    const user = personOf(state.picture);
    if (version === undefined || user === undefined) return;
    remember(state);
    try {
      takeUp(version, user);
    } catch {
      // Storage that cannot be read has nothing.
    }
    remember(store.getState());
  };
  look(store.getState(), store.getState());
  const stop = store.subscribe((state, before) => {
    note(state, before);
    look(state, before);
  });
  return () => {
    stop();
    if (timer !== undefined) flush(store.getState());
  };
}
