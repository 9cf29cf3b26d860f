import type { AskKindName } from '../../core/steps/registry.ts';
import type { AskWindow } from './AskWindow.ts';
import { command } from './Command.tsx';
import { configurationMode } from './ConfigurationMode.tsx';
import { groupNodes } from './GroupNodes.tsx';
import { packageSource } from './PackageSource.tsx';
import { plan } from './Plan.tsx';
import { preview } from './Preview.tsx';
import { selectNodes } from './SelectNodes.tsx';
import { selectPackages } from './SelectPackages.tsx';
import { spoolArea } from './SpoolArea.tsx';
import { switchVersions } from './SwitchVersions.tsx';
import { waves } from './Waves.tsx';

/** Kinds with a screen of their own; what another one asks is a form made from the schema of its answer. */
const ASK_WINDOWS: { readonly [K in AskKindName]?: AskWindow<K> } = {
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
};

/** A window's part of a kind whose screen and answer the caller does not know. */
export type AnyAskWindow = AskWindow<never>;

/** What the windows have for a kind; undefined where there is a form. */
export function askWindow(kind: string): AnyAskWindow | undefined {
  return Object.hasOwn(ASK_WINDOWS, kind) ? ASK_WINDOWS[kind as AskKindName] : undefined;
}
