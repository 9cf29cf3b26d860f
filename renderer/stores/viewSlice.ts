import type { TablePreferences } from '../components/table/tableColumn.ts';
import { NOTHING_SELECTED, type RowSelection } from '../components/table/rowSelection.ts';
import { checkedFilters, type Filters } from './filters.ts';
import { checkedTables } from './tablePreferences.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
/** Whose clock times are shown by. */
export const TIMES = ['local', 'utc'] as const;
export type Times = (typeof TIMES)[number];
export const VIEW_KINDS = ['map', 'table', 'packages', 'waves', 'timeline', 'logs'] as const;
export type ViewKind = (typeof VIEW_KINDS)[number];
export const GROUPINGS = ['clique', 'type', 'system', 'wave', 'state'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** How a person likes to look at things. Kept between starts; nothing else of the store is. */
export interface ViewPreferences {
  readonly theme: Theme;
  readonly times: Times;
  readonly viewKind: ViewKind;
  readonly grouping: Grouping;
  /** What is looked for in lists, each for itself. */
  readonly filters: Filters;
  /** By table id: columns, widths and order. */
  readonly tables: Readonly<Record<string, TablePreferences>>;
  /** Width of the drawer beside the step. */
  readonly sideWidthPx: number;
  /** Keys without Ctrl, as `/` and `?`, are shortcuts; who dictates or types with a switch turns them off. */
  readonly singleKeys: boolean;
}

/** Widths that the drawer beside the step can have. */
export const SIDE_WIDTH_PX = { least: 320, most: 640, atFirst: 368 } as const;

export const initialPreferences: ViewPreferences = {
  theme: 'system',
  times: 'local',
  viewKind: 'map',
  grouping: 'clique',
  filters: {},
  tables: {},
  sideWidthPx: SIDE_WIDTH_PX.atFirst,
  singleKeys: true,
};

/** Raised when the shape of ViewPreferences changes; older ones are then dropped. */
export const PREFERENCES_VERSION = 1;

const isOneOf = <T extends string>(list: readonly T[], value: unknown): value is T => list.includes(value as T);

/** Preferences read from storage, every member checked; what is not known falls back to its default. */
export function checkedPreferences(stored: unknown): ViewPreferences {
  const from = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  return {
    theme: isOneOf(THEMES, from['theme']) ? from['theme'] : initialPreferences.theme,
    times: isOneOf(TIMES, from['times']) ? from['times'] : initialPreferences.times,
    viewKind: isOneOf(VIEW_KINDS, from['viewKind']) ? from['viewKind'] : initialPreferences.viewKind,
    grouping: isOneOf(GROUPINGS, from['grouping']) ? from['grouping'] : initialPreferences.grouping,
    filters: checkedFilters(from['filters']),
    tables: checkedTables(from['tables']),
    sideWidthPx: sideWidth(from['sideWidthPx']),
    singleKeys: from['singleKeys'] !== false,
  };
}

/** A width within its bounds; what is none is as at first. */
export function sideWidth(px: unknown): number {
  if (typeof px !== 'number' || !Number.isFinite(px)) return SIDE_WIDTH_PX.atFirst;
  return Math.round(Math.max(SIDE_WIDTH_PX.least, Math.min(SIDE_WIDTH_PX.most, px)));
}

export const SYSTEM_TABS = ['operations', 'nodes', 'packages', 'ports'] as const;
export type SystemTab = (typeof SYSTEM_TABS)[number];

/** What the window shows. */
export type Place =
  | { readonly kind: 'systems' }
  | { readonly kind: 'sign-in'; readonly systemId: string }
  | { readonly kind: 'system'; readonly systemId: string; readonly tab: SystemTab }
  | { readonly kind: 'job'; readonly systemId: string; readonly jobId: string }
  /** Two runs side by side. */
  | { readonly kind: 'compare'; readonly systemId: string; readonly jobIds: readonly [string, string] }
  /** `from`: where the person was, and goes back to. */
  | { readonly kind: 'settings'; readonly from?: Place | undefined };

/** The system that a place is of; undefined for one that is of none. */
export function systemIdOf(place: Place): string | undefined {
  return place.kind === 'systems' || place.kind === 'settings' ? undefined : place.systemId;
}

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
  /** Nodes that are marked in map or table. */
  readonly selectedNodes: RowSelection;
  /** Node in the drawer. */
  readonly openNode: string | undefined;
  readonly helpOpen: boolean;
  /** System whose form is open; '' for a new one. */
  readonly systemForm: string | undefined;
  readonly inventoryDialog: InventoryDialogAsked | undefined;
  /** What stands over the window, of what can be asked for anywhere. */
  readonly overlay: 'palette' | 'shortcuts' | undefined;
}

export const initialPlace: PlaceState = {
  place: { kind: 'systems' },
  placeChosen: false,
  shownStep: undefined,
  selectedNodes: NOTHING_SELECTED,
  openNode: undefined,
  helpOpen: false,
  systemForm: undefined,
  inventoryDialog: undefined,
  overlay: undefined,
};
