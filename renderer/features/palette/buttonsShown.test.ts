// @vitest-environment jsdom
import { afterEach, expect, it, vi } from 'vitest';
import { buttonsShown } from './buttonsShown.ts';

afterEach(() => {
  document.body.innerHTML = '';
});

it('has each button of the view once, with what it belongs to, and presses only what is still there', () => {
  document.body.innerHTML = `
    <main><h1>Systems</h1>
      <section aria-label="Saved systems">
        <button class="btn" id="add">Add a system…</button>
        <table><tbody><tr><th scope="row">prod-east</th><td><button class="btn small" disabled>Sign in</button></td></tr></tbody></table>
      </section>
      <div class="segmented" role="group" aria-label="View"><button>Map</button></div>
      <div role="grid"><button class="btn">Row</button></div>
      <nav aria-label="Table of contents"><button class="toc-step"><span>Plan</span><span>, done</span><span>24</span></button></nav>
      <button class="cell">tpa-001</button>
    </main>
    <div role="dialog"><button class="btn">Close</button></div>`;
  const found = buttonsShown(document);
  expect(found.map(({ name, about, off }) => [name, about, off])).toEqual([
    ['Add a system…', 'Saved systems', false],
    ['Sign in', 'prod-east', true],
    ['Map', 'View', false],
    ['Plan, done 24', 'Table of contents', false],
  ]);
  const pressed = vi.fn();
  document.getElementById('add')?.addEventListener('click', pressed);
  found[0]?.press();
  expect(pressed).toHaveBeenCalledTimes(1);
  document.getElementById('add')?.remove();
  found[0]?.press();
  expect(pressed).toHaveBeenCalledTimes(1);
});
