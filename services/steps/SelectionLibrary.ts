import type { LibraryView } from '../../core/model/package.ts';
import type { SelectionContext } from '../../core/model/selection.ts';

/** The library as a selection is judged against it. */
export interface SelectionLibrary extends LibraryView {
  readonly filesOf?: SelectionContext['filesOf'];
}
