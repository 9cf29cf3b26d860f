/** A button of the view that stands on the screen. */
export interface ShownButton {
  readonly name: string;
  /** The row, choice or part of the window that it belongs to. */
  readonly about: string;
  readonly off: boolean;
  readonly press: () => void;
}

/** Buttons that do something; those of nodes, jobs and places are found by the names of these. */
const BUTTONS = 'button.btn, .segmented button, button.chip, button.toc-step';
const PART = '[role=group][aria-label], section[aria-label], aside[aria-label], nav[aria-label], footer[aria-label]';

/** The words of an element; parts that stand beside each other are no one word. */
function textOf(element: Element | null | undefined): string {
  if (!element) return '';
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts: string[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode.nodeValue ?? '');
  return texts.join(' ').replace(/\s+/g, ' ').replaceAll(' ,', ',').trim();
}

function partOf(button: Element, title: string): string {
  const row = textOf(button.closest('tr')?.querySelector('th[scope=row]'));
  if (row !== '') return row;
  // What heads the whole view says nothing of one button.
  const part = button.closest(PART)?.getAttribute('aria-label') ?? '';
  return part === title ? '' : part;
}

/**
 * Every button that can be seen, by its own name: so that the palette has each deed of each view, and none is forgotten. The pages of large tables and the
 * cells of maps are left out: nodes and packages have entries of their own.
 */
export function buttonsShown(page: ParentNode): ShownButton[] {
  const title = textOf(page.querySelector('h1'));
  return [...page.querySelectorAll<HTMLButtonElement>(BUTTONS)]
    .filter(
      (button) =>
        !button.closest('[role=grid], [role=dialog], [role=alertdialog]') && button.checkVisibility?.() !== false,
    )
    .map((button) => ({
      name: button.getAttribute('aria-label') ?? textOf(button),
      about: partOf(button, title),
      off: button.disabled,
      press: () => {
        if (button.isConnected && !button.disabled) button.click();
      },
    }))
    .filter(({ name }) => name !== '');
}
