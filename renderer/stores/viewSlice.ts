import type { CellState } from '../../core/model/job.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const VIEW_KINDS = ['map', 'table', 'packages'] as const;
export type ViewKind = (typeof VIEW_KINDS)[number];
export const GROUPINGS = ['clique', 'type', 'system', 'state'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** How a person likes to look at things. Kept between starts; nothing else of the store is. */
export interface ViewPreferences {
  readonly theme: Theme;
  readonly viewKind: ViewKind;
  readonly grouping: Grouping;
  /** States shown; empty shows every state. */
  readonly stateFilter: readonly CellState[];
}

export const initialPreferences: ViewPreferences = {
  theme: 'system',
  viewKind: 'map',
  grouping: 'clique',
  stateFilter: [],
};

/** Raised when the shape of ViewPreferences changes; older ones are then dropped. */
export const PREFERENCES_VERSION = 1;

const isOneOf = <T extends string>(list: readonly T[], value: unknown): value is T => list.includes(value as T);

/** Preferences read from storage, every member checked; what is not known falls back to its default. */
export function checkedPreferences(stored: unknown): ViewPreferences {
  const from = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  return {
    theme: isOneOf(THEMES, from['theme']) ? from['theme'] : initialPreferences.theme,
    viewKind: isOneOf(VIEW_KINDS, from['viewKind']) ? from['viewKind'] : initialPreferences.viewKind,
    grouping: isOneOf(GROUPINGS, from['grouping']) ? from['grouping'] : initialPreferences.grouping,
    stateFilter: Array.isArray(from['stateFilter'])
      ? from['stateFilter'].filter((state): state is CellState => isOneOf(STATE_ORDER, state))
      : [],
  };
}

/** Cell states in the order they are shown everywhere. */
export const STATE_ORDER: readonly CellState[] = [
  'ok',
  'running',
  'waiting',
  'failed',
  'warned',
  'unreachable',
  'unknown',
  'ignored',
  'skipped',
];

export const SYSTEM_TABS = ['operations', 'nodes', 'packages', 'ports'] as const;
export type SystemTab = (typeof SYSTEM_TABS)[number];

/** What the window shows. */
export type Place =
  | { readonly kind: 'systems' }
  | { readonly kind: 'sign-in'; readonly systemId: string }
  | { readonly kind: 'system'; readonly systemId: string; readonly tab: SystemTab }
  | { readonly kind: 'job'; readonly systemId: string; readonly jobId: string };

/** A dialog of the inventory that is open, and the nodes that it is about; none: they are chosen in it. */
export interface InventoryDialogAsked {
  readonly kind: 'add' | 'change' | 'import' | 'remove' | 'probe' | 'hostKeys' | 'authorize' | 'sudo';
  readonly names: readonly string[];
}

/** Where the person is; forgotten when the window closes. */
export interface PlaceState {
  readonly place: Place;
  /** The person chose a place; before that, the first system that is online is shown by itself. */
  readonly placeChosen: boolean;
  /** A step other than the current one is looked at. */
  readonly shownStep: string | undefined;
  /** Node in the drawer. */
  readonly openNode: string | undefined;
  readonly find: string;
  readonly helpOpen: boolean;
  /** System whose form is open; '' for a new one. */
  readonly systemForm: string | undefined;
  readonly inventoryDialog: InventoryDialogAsked | undefined;
}

export const initialPlace: PlaceState = {
  place: { kind: 'systems' },
  placeChosen: false,
  shownStep: undefined,
  openNode: undefined,
  find: '',
  helpOpen: false,
  systemForm: undefined,
  inventoryDialog: undefined,
};
