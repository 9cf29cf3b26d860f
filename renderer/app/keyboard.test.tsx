// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AppStore } from '../stores/store.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openJob(
  stepId: Parameters<MockWorkbench['advanceTo']>[0],
): Promise<{ mock: MockWorkbench; store: AppStore }> {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo(stepId, 0);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  const app = await renderApp(mock, { place, placeChosen: true });
  stop = app.stop;
  return { mock, store: app.store };
}
/** Presses a key where the focus is, as a keyboard does. */
function press(key: string, held: { ctrlKey?: boolean; repeat?: boolean } = {}): void {
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...held });
  fireEvent.keyUp(document.activeElement ?? document.body, { key, ...held });
}
const answers = (mock: MockWorkbench): number =>
  mock.calls.filter(({ params }) => params['method'] === 'job.answer').length;
const heading = (name: string): Promise<HTMLElement> => screen.findByRole('heading', { level: 1, name });

describe('the keyboard', () => {
  it('goes to the next step by Ctrl+Enter, once a press, with the focus on its heading', async () => {
    const { mock } = await openJob('configuration-mode');
    expect(document.activeElement).toBe(await heading('Configuration Mode'));
    press('Enter', { ctrlKey: true });
    press('Enter', { ctrlKey: true, repeat: true });
    const next = await heading('Select Nodes');
    await waitFor(() => expect(document.activeElement).toBe(next));
    expect(answers(mock)).toBe(1);
  });

  it('does nothing by Ctrl+Enter while Next is off, nor behind a dialog', async () => {
    const { mock } = await openJob('plan');
    await heading('Plan');
    press('Enter', { ctrlKey: true });
    fireEvent.click(screen.getByRole('checkbox', { name: /I read the plan/ }));
    press('?');
    await screen.findByRole('dialog', { name: 'Shortcuts' });
    press('Enter', { ctrlKey: true });
    expect(answers(mock)).toBe(0);
    press('Escape');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    press('Enter', { ctrlKey: true });
    await waitFor(() => expect(answers(mock)).toBe(1));
  });

  it('finds a node in the palette, opens it, and closes it by Escape', async () => {
    const { store } = await openJob('package-install');
    await heading('Package Install');
    press('k', { ctrlKey: true });
    const field = await screen.findByRole('combobox', { name: /Command, place/ });
    await waitFor(() => expect(document.activeElement).toBe(field));
    fireEvent.change(field, { target: { value: 'tpa-3' } });
    await screen.findByRole('option', { name: /^tpa-3/ });
    press('ArrowDown');
    press('Enter');
    await waitFor(() => expect(store.getState()).toMatchObject({ openNode: 'tpa-3', overlay: undefined }));
    await waitFor(() => expect(document.activeElement?.tagName).toBe('H1'));
    press('Escape');
    expect(store.getState().openNode).toBeUndefined();
  });

  it('finds the chat in the palette, in place of a node that is open', async () => {
    const { store } = await openJob('package-install');
    await heading('Package Install');
    act(() => store.setState({ openNode: 'tpa-3' }));
    press('k', { ctrlKey: true });
    const field = await screen.findByRole('combobox', { name: /Command, place/ });
    fireEvent.change(field, { target: { value: 'chat' } });
    await screen.findByRole('option', { name: /^Timeline/ });
    await waitFor(() => expect(document.activeElement).toBe(field));
    press('ArrowDown');
    press('Enter');
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('textbox', { name: /Write to everyone/ })),
    );
    expect(store.getState().openNode).toBeUndefined();
  });

  it('goes by the palette to a sign-in, where the field to be filled in has the focus', async () => {
    const mock = new MockWorkbench({ nodes: 8, system: { session: { kind: 'signed-out' } } });
    stop = (await renderApp(mock, { place: { kind: 'systems' }, placeChosen: true })).stop;
    await heading('Systems');
    press('k', { ctrlKey: true });
    const field = await screen.findByRole('combobox', { name: /Command, place/ });
    await waitFor(() => expect(document.activeElement).toBe(field));
    fireEvent.change(field, { target: { value: 'sign in' } });
    await screen.findByRole('option', { name: /^Sign in to/ });
    press('ArrowDown');
    press('Enter');
    const password = await screen.findByLabelText(/^Password/);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(document.activeElement).toBe(password);
  });

  it('leaves characters to who types, and to nobody where they are switched off', async () => {
    const { store } = await openJob('package-install');
    const message = await screen.findByRole('textbox', { name: /Write to everyone/ });
    message.focus();
    press('?');
    expect(store.getState().overlay).toBeUndefined();
    const title = await heading('Package Install');
    act(() => title.focus());
    press('?');
    expect(store.getState().overlay).toBe('shortcuts');
    fireEvent.click(await screen.findByRole('checkbox', { name: /without Ctrl/ }));
    press('Escape');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    press('?');
    expect(store.getState()).toMatchObject({ overlay: undefined, singleKeys: false });
  });

  it('keeps the focus on a message that is being written when the step ends', async () => {
    const { mock } = await openJob('package-install');
    const message = await screen.findByRole('textbox', { name: /Write to everyone/ });
    message.focus();
    act(() => mock.advanceTo('finished'));
    await heading('Finished!');
    expect(document.activeElement).toBe(message);
  });

  it('never loses the focus to nothing when what had it goes away', async () => {
    const { store } = await openJob('package-install');
    await heading('Package Install');
    act(() => store.setState({ helpOpen: true }));
    const close = await screen.findByRole('button', { name: 'Close help' });
    act(() => close.focus());
    act(() => store.setState({ helpOpen: false }));
    await waitFor(() => expect(document.activeElement?.tagName).toBe('H1'));
  });

  it('gives a button the focus back that was off only while something was asked, unless the view is another by then', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
    const { store, ...app } = await renderApp(mock, { place, placeChosen: true });
    stop = app.stop;
    const read = await screen.findByRole('button', { name: 'Read all now' });
    const title = await heading('Nodes');
    const asking = (busy: boolean): void => act(() => store.setState({ busy: busy ? { 'nodes.refresh': true } : {} }));
    act(() => read.focus());
    asking(true);
    await waitFor(() => expect(document.activeElement).toBe(title));
    asking(false);
    await waitFor(() => expect(document.activeElement).toBe(read));
    asking(true);
    await waitFor(() => expect(document.activeElement).toBe(title));
    title.textContent = 'Another view';
    asking(false);
    // Three drawings: the keeper looks after two.
    for (let drawn = 0; drawn < 3; drawn += 1) {
      await act(() => new Promise<void>((done) => void requestAnimationFrame(() => done())));
    }
    expect(document.activeElement).toBe(title);
  });
});
