import type { StepScreen } from '../model/job.ts';
import { askShapeOf, type AnyAskShape, type AskKindName, type ScreenOf } from './registry.ts';

/** A screen whose kind and content this software knows. */
export interface KnownScreen {
  readonly shape: AnyAskShape;
  readonly content: unknown;
}

/** Screens that were looked into: one is asked about at every change of its job, and may list 10,000 nodes. */
const looked = new WeakMap<object, boolean>();

/** What this software knows of a screen; undefined for one of newer software, which only that can answer. */
export function knownScreen({ kind, content }: Pick<StepScreen, 'kind' | 'content'>): KnownScreen | undefined {
  const shape = askShapeOf(kind);
  if (!shape) return undefined;
  if (typeof content !== 'object' || content === null) return undefined;
  const fits = looked.get(content) ?? shape.screen.safeParse(content).success;
  looked.set(content, fits);
  return fits ? { shape, content } : undefined;
}

/** What a screen of a kind shows; undefined where it is of another kind, or of newer software. */
export function contentOf<K extends AskKindName>(screen: StepScreen | undefined, kind: K): ScreenOf<K> | undefined {
  return screen?.kind === kind && knownScreen(screen) ? (screen.content as ScreenOf<K>) : undefined;
}
