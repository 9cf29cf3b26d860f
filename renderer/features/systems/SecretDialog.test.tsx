// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderApp } from '../../testing/renderApp.tsx';
import { SCENES } from '../../testing/scenes.ts';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

describe('what an SSH host asks', () => {
  it('is shown in its words; a code may be seen, and nothing offers to keep it', async () => {
    const scene = SCENES['secret-code']?.();
    if (!scene) throw new Error('there is no such scene');
    ({ stop } = await renderApp(scene.mock, scene.at));
    const dialog = screen.getByRole('dialog', { name: 'The SSH host asks' });
    expect(dialog.textContent).toContain('ops@gate.site.example');
    expect(dialog.textContent).toContain('Second factor of the site\nVerification code:');
    expect(screen.queryByRole('checkbox')).toBeNull();
    const answer = screen.getByLabelText<HTMLInputElement>('Answer');
    expect(answer.type).toBe('text');
    fireEvent.change(answer, { target: { value: '123456' } });
    fireEvent.submit(answer);
    await waitFor(() =>
      expect(scene.mock.calls.at(-1)).toMatchObject({
        method: 'secret.answer',
        params: { questionId: 'q1', secret: '123456', remember: false },
      }),
    );
  });
});
