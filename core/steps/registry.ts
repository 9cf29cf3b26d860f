import type { KindsOf } from '../model/stepKinds.ts';
import type { AskShape } from './AskShape.ts';
import { configurationMode } from './configurationMode.ts';
import { command } from './command.ts';
import { groupNodes } from './groupNodes.ts';
import { packageSource } from './packageSource.ts';
import { plan } from './plan.ts';
import { preview } from './preview.ts';
import { selectNodes } from './selectNodes.ts';
import { selectPackages } from './selectPackages.ts';
import { spoolArea } from './spoolArea.ts';
import { switchVersions } from './switchVersions.ts';
import { waves } from './waves.ts';

/** Kinds that ask a person, by name. */
export type AskKindName = KindsOf<'ask' | 'ask-and-work'>;

/** Screen and answer of every kind that asks; a kind of the step library without them does not compile. */
export const ASK_SHAPES = {
  'configuration-mode': configurationMode,
  'select-nodes': selectNodes,
  'group-nodes': groupNodes,
  'package-source': packageSource,
  'select-packages': selectPackages,
  'spool-area': spoolArea,
  waves,
  plan,
  command,
  preview,
  'switch-versions': switchVersions,
} as const satisfies Readonly<Record<AskKindName, AskShape<unknown, unknown>>>;

type Shapes = typeof ASK_SHAPES;
type ShapeParts<K> = K extends AskKindName
  ? Shapes[K] extends AskShape<infer Screen, infer Answer, infer Names>
    ? { readonly screen: Screen; readonly answer: Answer; readonly names: Names }
    : never
  : never;
/** What a step of a kind shows. */
export type ScreenOf<K extends AskKindName> = ShapeParts<K>['screen'];
/** What is answered at a step of a kind. */
export type AnswerOf<K extends AskKindName> = ShapeParts<K>['answer'];
/** What the short names of a kind hold. */
export type NamesOf<K extends AskKindName> = ShapeParts<K>['names'];

/** A kind whose screen and answer the caller need not know; its schemas say whether a value is one. */
export type AnyAskShape = AskShape<unknown, unknown>;

/** The kind of a name; undefined for one of newer software, and for one that does not ask. */
export function askShapeOf(kind: string): AnyAskShape | undefined {
  return Object.hasOwn(ASK_SHAPES, kind) ? ASK_SHAPES[kind as AskKindName] : undefined;
}
