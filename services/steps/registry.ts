import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { KindsOf } from '../../core/model/stepKinds.ts';
import { command } from './command.ts';
import { configurationMode } from './configurationMode.ts';
import { facts } from './facts.ts';
import { groupNodes } from './groupNodes.ts';
import { guard } from './guard.ts';
import { healthGate } from './healthGate.ts';
import { packageSource } from './packageSource.ts';
import { plan } from './plan.ts';
import { preview } from './preview.ts';
import { putFiles } from './putFiles.ts';
import { reboot } from './reboot.ts';
import { report } from './report.ts';
import { runCommand } from './runCommand.ts';
import { rpmBack } from './rpmBack.ts';
import { rpmInstall } from './rpmInstall.ts';
import { rpmTest } from './rpmTest.ts';
import { selectNodes } from './selectNodes.ts';
import { selectPackages } from './selectPackages.ts';
import { service } from './service.ts';
import { spoolArea } from './spoolArea.ts';
import type { AskKind, ConcludeKind, WorkKind } from './StepKind.ts';
import { switchVersions } from './switchVersions.ts';
import { validate } from './validate.ts';
import { waves } from './waves.ts';

/** Kinds that ask, by name; a kind of the library without its part does not compile. */
const ASK_KINDS: { readonly [K in KindsOf<'ask' | 'ask-and-work'>]: AskKind<object, ScreenOf<K>, AnswerOf<K>> } = {
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

const WORK_KINDS: Readonly<Record<KindsOf<'work'>, WorkKind<object>>> = {
  facts,
  'put-files': putFiles,
  service,
  'rpm-test': rpmTest,
  'rpm-install': rpmInstall,
  'rpm-back': rpmBack,
  reboot,
  guard,
  validate,
  'health-gate': healthGate,
  'run-command': runCommand,
};

const CONCLUDE_KINDS: Readonly<Record<KindsOf<'conclude'>, ConcludeKind<object>>> = { report };

/** A kind of any screen and params; `params` of the kind has checked what it is given. */
export type AnyStepKind = AskKind<object, unknown, unknown> | WorkKind<object> | ConcludeKind<object>;

const KINDS = { ...ASK_KINDS, ...WORK_KINDS, ...CONCLUDE_KINDS } as unknown as Readonly<Record<string, AnyStepKind>>;

/** What is told of a step of newer software. */
export function unknownKind(use: string): PutError {
  const why = `this putservices has no step kind ${use}: the operation is of newer software`;
  return new PutError('step-kind-unknown', `${why}; upgrade putservices, then Retry begins the step`, { use });
}

/** The kind of a name; undefined for one of newer software. */
export function findStepKind(use: string): AnyStepKind | undefined {
  return Object.hasOwn(KINDS, use) ? KINDS[use] : undefined;
}

/** The kind of a name. @throws PutError step-kind-unknown for one of newer software */
export function stepKind(use: string): AnyStepKind {
  const kind = findStepKind(use);
  if (!kind) throw unknownKind(use);
  return kind;
}
