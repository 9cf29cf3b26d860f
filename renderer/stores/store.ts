import { createStore, type StoreApi } from 'zustand/vanilla';
import { createJSONStorage, persist, type PersistStorage } from 'zustand/middleware';
import { shallow } from 'zustand/vanilla/shallow';
import type { PageStorage } from '../pageStorage.ts';
import { initialPicture, type PictureState } from './pictureSlice.ts';
import {
  checkedPreferences,
  initialPlace,
  initialPreferences,
  PREFERENCES_VERSION,
  type PlaceState,
  type ViewPreferences,
} from './viewSlice.ts';
import { initialWork, type WorkState } from './workSlice.ts';

export type AppState = PictureState & ViewPreferences & PlaceState & WorkState;
export type AppStore = StoreApi<AppState>;

export const initialState: AppState = { ...initialPicture, ...initialPreferences, ...initialPlace, ...initialWork };

/** Writes only what differs from what was written last: the picture changes many times a second, and the preferences do not. */
function writtenOnChange(
  inner: PersistStorage<ViewPreferences> | undefined,
): PersistStorage<ViewPreferences> | undefined {
  if (!inner) return undefined;
  let last: ViewPreferences | undefined;
  return {
    ...inner,
    setItem: (name, value) => {
      if (last && shallow(last, value.state)) return;
      inner.setItem(name, value);
      last = value.state;
    },
  };
}

/** The one store of a window. Only view preferences are kept between starts; passwords never enter it. */
export function createAppStore(storage?: PageStorage): AppStore {
  if (!storage) return createStore<AppState>(() => initialState);
  return createStore<AppState>()(
    persist(() => initialState, {
      name: 'put-desktop-view',
      version: PREFERENCES_VERSION,
      storage: writtenOnChange(createJSONStorage(() => storage)),
      partialize: ({
        theme,
        times,
        viewKind,
        grouping,
        filters,
        tables,
        sideWidthPx,
        singleKeys,
      }): ViewPreferences => ({
        ...{ theme, times, viewKind, grouping, filters, tables, sideWidthPx, singleKeys },
      }),
      migrate: () => initialPreferences,
      merge: (stored, current) => ({ ...current, ...checkedPreferences(stored) }),
    }),
  );
}
