import type { TransferView } from '../../electron/contract/bridge.ts';
import { isSignedIn } from '../stores/selectors.ts';
import type { AppState, AppStore } from '../stores/store.ts';
import { draftKey } from '../stores/workSlice.ts';

/** Fields whose text is lost with the page; what is searched for and what is chosen elsewhere is none. */
const TEXT_FIELDS = 'textarea, input:not([type]), input[type=text], input[type=number]';
type TextField = HTMLInputElement | HTMLTextAreaElement;

/** An upload under way whose bytes come from this page; one that was begun by the other end goes on there. */
const readsHere = ({ state, localPath }: TransferView): boolean =>
  localPath === undefined && ['waiting', 'hashing', 'sending', 'line-lost', 'confirming'].includes(state);

/** What was chosen on the screen of a step that still waits for it. */
function hasDraft({ picture, drafts }: AppState): boolean {
  return Object.values(picture?.systems ?? {}).some(({ openJobs }) =>
    Object.values(openJobs).some(({ jobId, currentStep, steps }) => {
      const step = steps[currentStep];
      return step?.state === 'input' && drafts[draftKey(jobId, currentStep, step.attempt)] !== undefined;
    }),
  );
}

/**
 * Has the browser ask before its page is left where that stops an upload of its files, or loses a choice or a text that was not sent, and only there: jobs go
 * on by themselves. Answers what ends it.
 */
export function askBeforeLeaving(store: AppStore, page: Window): () => void {
  const written = new Set<TextField>();
  const onInput = ({ target }: Event): void => {
    if (target instanceof Element && target.matches(TEXT_FIELDS)) written.add(target as TextField);
  };
  const hasText = (): boolean => {
    for (const field of written) if (!field.isConnected) written.delete(field);
    return [...written].some(({ value }) => value.trim() !== '');
  };
  const onLeave = (event: BeforeUnloadEvent): void => {
    const state = store.getState();
    const systems = Object.values(state.picture?.systems ?? {});
    if (!systems.some(({ session }) => isSignedIn(session))) return;
    const unsent = Object.values(state.messages).some((text) => text.trim() !== '');
    if (
      hasText() ||
      unsent ||
      hasDraft(state) ||
      systems.some(({ transfers }) => Object.values(transfers).some(readsHere))
    )
      event.preventDefault();
  };
  const ended = new AbortController();
  const { signal } = ended;
  for (const name of ['input', 'change']) page.addEventListener(name, onInput, { capture: true, signal });
  page.addEventListener('beforeunload', onLeave, { signal });
  return () => ended.abort();
}
