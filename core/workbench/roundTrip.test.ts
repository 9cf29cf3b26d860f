import { expect, it } from 'vitest';
import { roundTripToTell } from './roundTrip.ts';

it('is told anew when a person would call it another', () => {
  expect(roundTripToTell(undefined, 300.4)).toBe(300);
  expect([241, 299.6, 359].map((now) => roundTripToTell(300, now))).toEqual([300, 300, 300]);
  expect([239, 361].map((now) => roundTripToTell(300, now))).toEqual([239, 361]);
  expect([1, 5.9, 6.4].map((now) => roundTripToTell(1, now))).toEqual([1, 1, 6]);
  expect(roundTripToTell(300, undefined)).toBeUndefined();
});
