// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppContext } from '../app/context.ts';
import { createActions } from '../stores/actions.ts';
import { createAppStore, type AppStore } from '../stores/store.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { fillInBrowser } from '../testing/renderApp.tsx';
import { ReasonDialog } from './Dialog.tsx';

let store: AppStore;
let mock: MockWorkbench;
beforeEach(() => {
  fillInBrowser();
  mock = new MockWorkbench({ nodes: 8 });
  store = createAppStore();
});
afterEach(cleanup);

/** The dialog as it is opened; `done`: what is asked for is not refused. */
function open(about: string, done = true): { reason: HTMLInputElement; closed: () => boolean } {
  cleanup();
  const onClose = vi.fn();
  render(
    <AppContext value={{ store, actions: createActions(store, mock.carrier) }}>
      <ReasonDialog
        about={about}
        title="Ignore 1 node"
        text="It is left out."
        confirm="Ignore"
        onConfirm={() => Promise.resolve(done ? {} : undefined)}
        onClose={onClose}
      />
    </AppContext>,
  );
  return { reason: screen.getByLabelText<HTMLInputElement>(/Reason/), closed: () => onClose.mock.calls.length > 0 };
}
const type = (reason: HTMLInputElement, text: string): void => {
  fireEvent.change(reason, { target: { value: text } });
};

it('has a reason again that Escape closed it over, for the same nodes and for no others', () => {
  const first = open('ignore tpa-1');
  type(first.reason, 'disk of cabinet 4, case 4711');
  fireEvent.keyDown(first.reason, { key: 'Escape' });
  expect(first.closed()).toBe(true);
  expect(open('ignore tpa-2').reason.value).toBe('');
  expect(open('ignore tpa-1').reason.value).toBe('disk of cabinet 4, case 4711');
});

it('has forgotten it once it was done, and keeps it where that was refused', async () => {
  const confirm = async (done: boolean): Promise<void> => {
    const { reason } = open('ignore tpa-1', done);
    type(reason, 'disk');
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Ignore' }));
      await Promise.resolve();
    });
  };
  await confirm(false);
  expect(open('ignore tpa-1').reason.value).toBe('disk');
  await confirm(true);
  expect(open('ignore tpa-1').reason.value).toBe('');
});
