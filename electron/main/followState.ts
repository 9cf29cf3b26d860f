import { applyPatch } from '../../core/replica/patch.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';
import type { Workbench } from '../../core/workbench/Workbench.ts';

type Snapshot = { readonly number: number; readonly state: WorkbenchState };

/**
 * Follows the workbench's state as a window does: one snapshot, then numbered patches; a gap asks for a new snapshot.
 * `onChange` gets the state before and after. Answers what stops it.
 */
export function followState(
  workbench: Pick<Workbench, 'invoke' | 'subscribe'>,
  onChange: (before: WorkbenchState, after: WorkbenchState) => void,
): () => void {
  let known: Snapshot | undefined;
  let asking = false;
  let stopped = false;
  const ask = async (): Promise<void> => {
    if (asking || stopped) return;
    asking = true;
    const answer = await workbench.invoke('state.snapshot', {});
    asking = false;
    if (stopped || !answer.ok) return;
    const before = known?.state;
    known = answer.value as Snapshot;
    if (before) onChange(before, known.state);
  };
  const stopPushes = workbench.subscribe((push) => {
    if (known?.number !== push.base) {
      void ask();
      return;
    }
    const before = known.state;
    known = { number: push.number, state: applyPatch(before, push.patch) };
    onChange(before, known.state);
  });
  void ask();
  return () => {
    stopped = true;
    stopPushes();
  };
}
