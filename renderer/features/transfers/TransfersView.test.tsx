// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

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
  const transfer = { types: ['Files'], files: [new File(['x'], 'tool.rpm')] };
  fireEvent.drop(document.body, { dataTransfer: transfer });
  expect(await screen.findByText('tool-1-1.x86_64')).toBeTruthy();
  expect(dropped).toEqual(['tool.rpm']);
  expect(mock.calls.some(({ method }) => method === 'upload.start')).toBe(false);
});
