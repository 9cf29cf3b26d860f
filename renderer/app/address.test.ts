import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAppStore, type AppStore } from '../stores/store.ts';
import { SYSTEM_TABS } from '../stores/viewSlice.ts';
import { followAddress, formatAddress, parseAddress, type Addressed } from './address.ts';

const id = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const some = fc.option(id, { nil: undefined });
const addressed: fc.Arbitrary<Addressed> = fc.oneof(
  fc.constant<Addressed>({ place: { kind: 'systems' }, shownStep: undefined, openNode: undefined }),
  fc.constant<Addressed>({ place: { kind: 'settings' }, shownStep: undefined, openNode: undefined }),
  fc.record({ systemId: id, one: id, other: id }).map(({ systemId, one, other }): Addressed => ({
    ...{ place: { kind: 'compare', systemId, jobIds: [one, other] }, shownStep: undefined, openNode: undefined },
  })),
  id.map((systemId): Addressed => ({
    place: { kind: 'sign-in', systemId },
    shownStep: undefined,
    openNode: undefined,
  })),
  fc
    .record({ systemId: id, tab: fc.constantFrom(...SYSTEM_TABS), openNode: some })
    .map(({ systemId, tab, openNode }): Addressed => ({
      ...{ place: { kind: 'system', systemId, tab }, shownStep: undefined, openNode },
    })),
  fc
    .record({ systemId: id, jobId: id, shownStep: some, openNode: some })
    .map(({ systemId, jobId, shownStep, openNode }): Addressed => ({
      ...{ place: { kind: 'job', systemId, jobId }, shownStep, openNode },
    })),
);

describe('addresses of places', () => {
  it('lead back to the place, whatever its names are', () => {
    fc.assert(
      fc.property(addressed, (place) => {
        expect(parseAddress(formatAddress(place))).toEqual(place);
      }),
    );
  });

  it('are none where they name nothing', () => {
    for (const hash of [
      '',
      '#',
      '#/',
      '#systems',
      '#/system',
      '#/system/a',
      '#/system/a/attic',
      '#/settings/a',
      '#/system/a/compare/b',
      '#/system/a/compare/b/c/d',
      '#/system/a/job',
      '#/system/a/job/b/step',
      '#/system/a/job/b/node/c/node/d',
      '#/system/a/job/b/tab/c',
      '#/system/%ff/ports',
      '#/system/a/ports/step/b',
      `#/system/${'a'.repeat(400)}/ports`,
    ])
      expect([hash, parseAddress(hash)]).toEqual([hash, undefined]);
    fc.assert(fc.property(fc.string(), (text) => void parseAddress(`#/${text}`)));
  });
});

describe('a window and its address', () => {
  let store: AppStore;
  let stop: () => void;
  beforeEach(() => {
    window.history.replaceState(null, '', '#/system/s1/job/j1/step/plan');
    store = createAppStore();
    stop = followAddress(store, window);
  });
  afterEach(() => stop());

  it('begins where the address says', () => {
    expect(store.getState()).toMatchObject({
      place: { kind: 'job', systemId: 's1', jobId: 'j1' },
      shownStep: 'plan',
      placeChosen: true,
    });
  });

  it('writes where the person goes; what is opened there is no step of its own', () => {
    const before = window.history.length;
    store.setState({ openNode: 'tpa-001' });
    expect(window.location.hash).toBe('#/system/s1/job/j1/step/plan/node/tpa-001');
    expect(window.history.length).toBe(before);
    store.setState({
      place: { kind: 'system', systemId: 's1', tab: 'ports' },
      shownStep: undefined,
      openNode: undefined,
    });
    expect(window.location.hash).toBe('#/system/s1/ports');
    expect(window.history.length).toBe(before + 1);
  });

  it('follows the browser to another place', () => {
    window.history.replaceState(null, '', '#/system/s1/nodes');
    window.dispatchEvent(new PopStateEvent('popstate'));
    expect(store.getState()).toMatchObject({ place: { kind: 'system', tab: 'nodes' }, shownStep: undefined });
    window.history.replaceState(null, '', '#somewhere');
    window.dispatchEvent(new PopStateEvent('popstate'));
    expect(store.getState().place).toMatchObject({ tab: 'nodes' });
  });
});
