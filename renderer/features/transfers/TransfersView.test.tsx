// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';
import { queueText } from './QueueBar.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openLibrary(): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 2 });
  const { library } = mock.system;
  if (!library) throw new Error('no library');
  const problem = {
    fileName: 'tool-1-1.src.rpm',
    code: 'package-not-installable',
    message: 'tool-1-1.src.rpm is a source package; nodes install whole built packages only',
    fileBytes: 4_096,
  };
  mock.setSystem({ library: { ...library, problems: { [problem.fileName]: problem } } });
  const place = { kind: 'system', systemId: mock.systemId, tab: 'packages' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}

describe('files of the library that cannot be used', () => {
  it('stand beside the others with reason and next step, and are removed by name', async () => {
    const mock = await openLibrary();
    const panel = within(screen.getByRole('region', { name: 'Files of the library that cannot be used' }));
    expect(panel.getByText(/is a source package/)).toBeTruthy();
    expect(panel.getByText(/Upload the whole built package/)).toBeTruthy();
    fireEvent.click(panel.getByRole('button', { name: /Remove… tool-1-1.src.rpm/ }));
    fireEvent.click(await screen.findByRole('button', { name: 'Remove the file' }));
    await waitFor(() =>
      expect(mock.calls.find((call) => call.params['method'] === 'file.remove')?.params['params']).toEqual({
        name: 'tool-1-1.src.rpm',
      }),
    );
  });
});

it('files that are dropped anywhere on the window are read and told before a byte is sent', async () => {
  const mock = new MockWorkbench({ nodes: 2 });
  const dropped: string[] = [];
  const file = {
    handle: 'h1',
    path: '/home/a/tool.rpm',
    name: 'tool.rpm',
    sizeBytes: 4_096,
    identity: 'tool-1-1.x86_64',
  };
  Object.assign(mock.carrier, {
    dropFiles: async (files: readonly File[]) => {
      dropped.push(...files.map(({ name }) => name));
      return { ok: true, value: { files: [file] } };
    },
  });
  const place = { kind: 'system', systemId: mock.systemId, tab: 'packages' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  const items = [{ getAsFile: () => new File(['x'], 'tool.rpm') }, { getAsFile: () => null }];
  const transfer = { types: ['Files'], items };
  fireEvent.drop(document.body, { dataTransfer: transfer });
  expect(await screen.findByText('tool-1-1.x86_64')).toBeTruthy();
  expect(dropped).toEqual(['tool.rpm']);
  expect(mock.calls.some(({ method }) => method === 'upload.start')).toBe(false);
});

it('the cap of the system is set at once, in kB a second, and lifted; what is no number is told and not sent', async () => {
  const mock = await openLibrary();
  const caps = (): unknown[] =>
    mock.calls.filter(({ method }) => method === 'upload.setCap').map(({ params }) => params['bytesPerSecond']);
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'At most kB/s' });
  const type = (value: string): void => {
    fireEvent.change(field, { target: { value } });
    fireEvent.keyDown(field, { key: 'Enter' });
  };
  type('fast');
  expect(screen.getByText(/A number of kB a second/)).toBeTruthy();
  expect(caps()).toEqual([]);
  type('200');
  expect(screen.getByText('Files get 1.6 Mbit/s.')).toBeTruthy();
  mock.setSystem({ saved: { ...mock.system.saved, uploadCapBytesPerSecond: 40_000 } });
  await waitFor(() => expect(field.value).toBe('40'));
  type('');
  expect(caps()).toEqual([200_000, undefined]);
});

it('the queue is told in a line: what is under way, what waits, what is left and how long it takes', () => {
  const one = { fileName: 'a', bytesPerSecond: 0, startedAtMs: 0, sizeBytes: 0, sentBytes: 0 };
  const waiting = { ...one, transferId: 'w', state: 'waiting' } as const;
  const sending = {
    ...one,
    transferId: 's',
    sizeBytes: 3e6,
    sentBytes: 1e6,
    bytesPerSecond: 1e5,
    state: 'sending',
  } as const;
  expect(queueText([])).toBe('');
  expect(queueText([sending])).toBe('1 under way · 1.9 MiB left · about 20 s · 800 kbit/s');
  // How long what waits takes is not known before its size is.
  expect(queueText([sending, waiting])).toBe('1 under way · 1 waiting · 1.9 MiB left · 800 kbit/s');
});

it('an upload that failed is tried again where its file is within reach, by a button that names it', async () => {
  const mock = await openLibrary();
  const one = { bytesPerSecond: 0, startedAtMs: 0, sizeBytes: 10, sentBytes: 9, state: 'failed' } as const;
  const failed = (fileName: string, code: ErrorCode) => ({
    ...{ ...one, transferId: fileName, fileName },
    cause: { code, message: 'not now', details: {} },
  });
  const transfers = { a: failed('a.rpm', 'disk-full'), b: failed('b.rpm', 'file-out-of-reach') };
  mock.setSystem({ transfers });
  fireEvent.click(await screen.findByRole('button', { name: 'Try again a.rpm' }));
  await waitFor(() =>
    expect(mock.calls.find(({ method }) => method === 'upload.resume')?.params['transferId']).toBe('a.rpm'),
  );
  expect(screen.queryByRole('button', { name: /b\.rpm/ })).toBeNull();
});
