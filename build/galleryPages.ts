import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { rendererConfig } from './vite.renderer.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

/** The views over a mock workbench, served on a loopback port. */
export interface Gallery {
  /** Address of a scene of renderer/testing/scenes.ts. */
  address(scene: string, theme: 'light' | 'dark' | 'system'): string;
  /** Ends it and removes what was built. */
  close(): Promise<void>;
}

/** Builds the page of all scenes into a folder of its own, and serves it. */
export async function openGallery(bundleFolder: string): Promise<Gallery> {
  await build(
    rendererConfig(fileURLToPath(new URL('../renderer/testing/gallery.html', import.meta.url)), bundleFolder),
  );
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = createReadStream(join(bundleFolder, path));
    file.on('open', () =>
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        // The desktop sends it too: no text of the page may become script.
        'content-security-policy': "require-trusted-types-for 'script'",
      }),
    );
    file.on('error', () => response.writeHead(404).end());
    file.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    address: (scene, theme) => `http://127.0.0.1:${port}/testing/gallery.html?scene=${scene}&theme=${theme}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(bundleFolder, { recursive: true, force: true });
    },
  };
}

/** What WCAG 2.2 AA asks for, as axe names it. */
export const WCAG_TAGS: string[] = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** An experiment of axe: it takes what describes an entry of the palette, and its key, for parts of its label. */
export const AXE_OFF = ['label-content-name-mismatch'];

/**
 * More live regions than the one voice, areas and deeds of one name that cannot be told apart, what has no name or one that is a bare figure, texts that run
 * together with what stands beside them, and headings out of order.
 */
export function badNames(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    const live = document.querySelectorAll('[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output');
    if (live.length !== 1) found.push(live.length + ' live regions: ' + [...live].map((one) => one.outerHTML.slice(0, 80)).join(' | '));
    const areas = new Map();
    for (const area of document.querySelectorAll('main, nav, aside, section[aria-label], [role=grid], [role=group][aria-label], [role=listbox], canvas, dialog, [role=dialog]')) {
      // What is drawn in a picture is told by the picture's name.
      if (area.closest('[aria-hidden=true]') || area.parentElement.closest('[role=img][aria-label]')) continue;
      const name = area.getAttribute('aria-label') ?? document.getElementById(area.getAttribute('aria-labelledby') ?? '')?.textContent ?? '';
      const kind = area.getAttribute('role') ?? area.tagName.toLowerCase();
      if (name === '' && kind !== 'main') found.push('nameless ' + area.outerHTML.slice(0, 80));
      const key = kind + ' ' + name;
      if (name !== '' && areas.has(key)) found.push('two of ' + key);
      areas.set(key, area);
    }
    // A list of all buttons, without what stands around them, is how they are found by ear. In a drawer, a dialog or a table of choices its own name is said first.
    const deeds = new Map();
    for (const deed of document.querySelectorAll('button, [role=button]')) {
      if (deed.closest('[aria-hidden=true], [role=dialog], [role=alertdialog], [role=columnheader], .drawer, .gap-row')) continue;
      const name = (deed.getAttribute('aria-label') ?? deed.innerText).trim();
      const where = deed.closest('[role=group][aria-label], [role=group][aria-labelledby], fieldset');
      const key = name + (where ? ' in ' + (where.getAttribute('aria-label') ?? '') : '');
      if (name === '') found.push('a nameless button: ' + deed.outerHTML.slice(0, 80));
      else if (!deed.matches('.link') && deeds.has(key)) found.push('two buttons that say ' + key);
      deeds.set(key, deed);
    }
    for (const cell of document.querySelectorAll('[role=gridcell][title]'))
      if (/\\d\\.\\d{5}/.test(cell.title)) found.push('a bare figure: ' + cell.title);
    // What is drawn apart by a margin alone is read as one word.
    for (const part of document.querySelectorAll('#root :is(b, strong, span, time, small, code)')) {
      const next = part.nextSibling;
      const said = next?.nodeType === 3 ? next.data : next?.nodeType === 1 && !next.matches('svg, button, input, [aria-hidden=true]') && getComputedStyle(next).display === 'inline' ? next.textContent : '';
      if (getComputedStyle(part).display !== 'inline' || /flex|grid/.test(getComputedStyle(part.parentElement).display) || part.closest('[aria-hidden=true], pre, .visually-hidden, [aria-label]:is(span, b)')) continue;
      if (/[\\p{L}\\d]$/u.test(part.textContent) && /^[\\p{L}\\d]/u.test(said)) found.push('run together: ' + part.parentElement.textContent.slice(0, 60));
    }
    let level = 1;
    for (const heading of document.querySelectorAll('#main :is(h1, h2, h3, h4)')) {
      const own = Number(heading.tagName[1]);
      if (own > level + 1) found.push('a heading of level ' + own + ' after one of ' + level + ': ' + heading.textContent.slice(0, 40));
      level = own;
    }
    // A command of two lines must not be read as one, nor two spaces in it as one.
    const texts = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      if (/\\S(\\n|  )\\s*\\S/.test(data) && !/^(pre|break)/.test(getComputedStyle(parentElement).whiteSpace))
        found.push('shown in another form than it has: ' + parentElement.tagName + ' ' + JSON.stringify(data.slice(0, 80)));
    }
    if (document.querySelectorAll('main').length !== 1) found.push('not one main');
    if (document.querySelectorAll('h1').length !== 1) found.push(document.querySelectorAll('h1').length + ' headings of level 1');
    return found;
  })()`);
}

/** Elements whose text is cut off and under no tooltip whole, heads of columns that are cut at all, small targets, and the page's own overflow. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('page is wider than the window');
    const told = (element) => element.tagName.toLowerCase() + '.' + element.className + ': ' + element.textContent.slice(0, 60);
    for (const element of document.querySelectorAll('#root *')) {
      if (element.closest('.visually-hidden, svg, canvas, [aria-hidden=true]')) continue;
      const style = getComputedStyle(element);
      if (style.display === 'inline' || element.clientWidth === 0) continue;
      if (element.scrollWidth <= element.clientWidth + 1) continue;
      if (/auto|scroll/.test(style.overflowX)) {
        if (element.matches('.chips')) found.push('states do not fit on their line: ' + element.scrollWidth + ' in ' + element.clientWidth);
        if (element.matches('.table-scroll')) found.push('table is wider than its room: ' + element.getAttribute('aria-label') + ' ' + element.scrollWidth + ' in ' + element.clientWidth);
        continue;
      }
      const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
      const cell = element.matches('button, .pill, .chip, h1, h2, .state-word, .table-cell');
      if (!text && !cell) continue;
      if (element.matches('.sorter-title')) found.push('head: ' + told(element));
      else if (style.textOverflow !== 'ellipsis' && style.overflowX === 'hidden') found.push('no ellipsis ' + told(element));
      else if (style.textOverflow === 'ellipsis' ? !element.closest('[title]') && !element.querySelector('[title]') : true) found.push('no tooltip ' + told(element));
    }
    for (const row of document.querySelectorAll('.chips'))
      if (row.lastElementChild.offsetTop !== row.firstElementChild.offsetTop) found.push('states stand on more than one line');
    for (const element of document.querySelectorAll('button, select, input, summary')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || element.closest('.visually-hidden, [style*="clip"]')) continue;
      const label = element.closest('label');
      const area = label ? label.getBoundingClientRect() : box;
      if (area.height < 23.5 || area.width < 23.5) found.push('small target ' + element.tagName + ' ' + element.className + ' ' + element.textContent.slice(0, 40) + ' ' + area.width + 'x' + area.height);
    }
    return found;
  })()`);
}

/**
 * What a person cannot get at where there is little room: a page that must be pushed sideways, and a main button that is out of sight (of a step or a
 * dialog) or cannot be brought into it.
 */
export function outOfReach(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > window.innerWidth) found.push('the page is ' + scrollWidth + ' px wide');
    for (const area of document.querySelectorAll('#main, .side, .dialog, .modal, .help'))
      if (area.scrollWidth > area.clientWidth + 1 && getComputedStyle(area).overflowX !== 'visible')
        found.push(area.tagName + '.' + area.className + ' must be pushed sideways: ' + area.scrollWidth + ' of ' + area.clientWidth + ' px');
    const top = [...document.querySelectorAll('[role=dialog], [role=alertdialog]')].at(-1) ?? document;
    const foot = top === document ? document.querySelector('.job-footer') : null;
    const button = (foot ?? top).querySelector('.btn.primary');
    if (!button) return found;
    if (!foot) button.scrollIntoView({ block: 'nearest' });
    const box = button.getBoundingClientRect();
    const name = button.textContent;
    if (box.width === 0) found.push(name + ' is not drawn');
    else if (box.left < -1 || box.top < -1 || box.right > window.innerWidth + 1 || box.bottom > window.innerHeight + 1)
      found.push(name + ' is out of sight: ' + [box.left, box.top, box.right, box.bottom].map(Math.round).join(' '));
    else {
      const at = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
      if (at && !button.contains(at) && !at.contains(button)) found.push(name + ' is covered by ' + at.tagName + '.' + at.className);
    }
    return found;
  })()`);
}

/** Lines that no eye follows on a very wide screen: running text, rows of a table, and deeds far from their cause. */
export function drawnOut(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    const TEXT_PX = 1200, ROW_PX = 2400, DEED_PX = 1500;
    const told = (element, px) => element.tagName.toLowerCase() + '.' + element.className + ' is ' + Math.round(px) + ' px wide: ' + element.textContent.slice(0, 60);
    const range = document.createRange();
    for (const element of document.querySelectorAll('#root p, #root li, #root dd, #root small, #root .sub')) {
      if (element.closest('.visually-hidden, .table-line, pre')) continue;
      for (const node of element.childNodes) {
        if (node.nodeType !== 3 || node.textContent.trim() === '') continue;
        range.selectNodeContents(node);
        const px = Math.max(...[...range.getClientRects()].map((box) => box.width), 0);
        if (px > TEXT_PX) found.push(told(element, px));
      }
    }
    for (const table of document.querySelectorAll('.data-table')) if (table.clientWidth > ROW_PX) found.push(told(table, table.clientWidth));
    for (const needs of document.querySelectorAll('.needs-you')) if (needs.clientWidth > DEED_PX) found.push(told(needs, needs.clientWidth));
    return found;
  })()`);
}

/**
 * What is lost where the system chooses the colours (forced colours) and wants nothing to move: marks of states that have the colour of their ground, marks
 * that no word or shape goes with, and what still moves.
 */
export function lostInForcedColours(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const found = [];
    const CLEAR = /^rgba\\(.*, 0\\)$|^transparent$/;
    const told = (element) => element.tagName.toLowerCase() + '.' + (element.getAttribute('class') ?? '') + ': ' + (element.parentElement?.textContent ?? '').slice(0, 60);
    const groundOf = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (!CLEAR.test(backgroundColor)) return backgroundColor;
      }
      return getComputedStyle(document.documentElement).backgroundColor;
    };
    for (const mark of document.querySelectorAll('svg.mark')) {
      if (mark.getBoundingClientRect().width === 0) continue;
      const ground = groundOf(mark.parentElement);
      const drawn = [...mark.querySelectorAll('*')].some((part) => {
        const { fill, stroke } = getComputedStyle(part);
        return [fill, stroke].some((colour) => colour !== 'none' && colour !== ground && !CLEAR.test(colour));
      });
      if (!drawn) found.push('has the colour of its ground ' + told(mark));
    }
    for (const animation of document.getAnimations())
      if (animation.playState === 'running') found.push('moves: ' + (animation.animationName ?? animation.transitionProperty ?? '') + ' of ' + told(animation.effect.target));
    return found;
  })()`);
}
