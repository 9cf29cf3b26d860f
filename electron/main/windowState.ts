import { z } from 'zod';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** How an address of the page begins that leads to something of a system; elsewhere the window begins as at first. */
const PLACE_OF_SYSTEM = '#/system/';

const boundsSchema = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(1).max(20_000),
  height: z.number().int().min(1).max(20_000),
});
const settingsSchema = z.object({
  version: z.literal(1),
  bounds: boundsSchema.optional(),
  maximized: z.boolean().default(false),
  theme: z.enum(THEMES).default('system'),
  /** The address of the place of a system that was shown last, the part behind `#`; one that is broken is none. */
  place: z.string().startsWith(PLACE_OF_SYSTEM).max(2000).optional().catch(undefined),
});

/** Size and place in device-independent pixels; without a place the system chooses. */
export type Bounds = z.output<typeof boundsSchema>;
/** What the desktop remembers of its window. */
export type DesktopSettings = z.output<typeof settingsSchema>;

export const LEAST_SIZE = { width: 900, height: 600 };
const FIRST_SIZE = { width: 1440, height: 900 };

/** Settings in a text; a text that is none, or of another version, gives the first settings: a window is never worth an error. */
export function readSettings(text: string | undefined): DesktopSettings {
  try {
    return settingsSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return { version: 1, maximized: false, theme: 'system' };
  }
}

/** The place to come back to, of the address that the page has at the end. */
export function placeOf(url: string): string | undefined {
  const at = url.indexOf(PLACE_OF_SYSTEM);
  return at < 0 ? undefined : url.slice(at);
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Enough of the title bar must be seen to take hold of it. */
const VISIBLE = { width: 120, height: 40 };

/** Remembered bounds made fit for the displays of today: a window whose title bar is on no display is placed anew. */
export function fittingBounds(remembered: Bounds | undefined, workAreas: readonly Area[]): Bounds {
  const first = workAreas[0];
  const most = first ?? { width: FIRST_SIZE.width, height: FIRST_SIZE.height };
  const clamp = (value: number, least: number, greatest: number): number => Math.max(least, Math.min(value, greatest));
  const size = {
    width: clamp(remembered?.width ?? FIRST_SIZE.width, LEAST_SIZE.width, Math.max(most.width, LEAST_SIZE.width)),
    height: clamp(remembered?.height ?? FIRST_SIZE.height, LEAST_SIZE.height, Math.max(most.height, LEAST_SIZE.height)),
  };
  const { x, y } = remembered ?? {};
  if (x === undefined || y === undefined) return size;
  const seen = workAreas.some(
    (area) =>
      x + size.width >= area.x + VISIBLE.width &&
      x <= area.x + area.width - VISIBLE.width &&
      y >= area.y - 1 &&
      y <= area.y + area.height - VISIBLE.height,
  );
  return seen ? { x, y, ...size } : size;
}
