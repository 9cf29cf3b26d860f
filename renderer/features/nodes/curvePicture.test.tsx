// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { fillInBrowser } from '../../testing/renderApp.tsx';
import { CurvePicture } from './StepTimeline.tsx';

vi.mock('uplot', () => {
  throw new Error('Failed to fetch dynamically imported module');
});
afterEach(cleanup);

it('says where the library of charts does not come, since the figures are told without it', async () => {
  fillInBrowser();
  const curve = { atSeconds: [0, 1], running: [1, 0], ended: [0, 1], trouble: [0, 0] };
  render(<CurvePicture curve={curve} label="Package Install" />);
  expect(await screen.findByText(/could not be loaded.*Load this page anew/)).toBeTruthy();
});
