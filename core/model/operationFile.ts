import type { z } from 'zod';
import { PutError } from '../protocol/errors.ts';
import { placeText } from '../protocol/schemaWords.ts';
import { MOST_PHASES, MOST_STEPS, operationSpecSchema, type OperationSpec } from './operationSpec.ts';
import { settingSpecSchema } from './settingSpec.ts';
import { specFaults, type SpecFault, type SpecOutline, type StepOutline } from './specFaults.ts';
import { formOf, STEP_KINDS } from './stepKinds.ts';
import { readYaml, type YamlTree } from './yamlTree.ts';

/** Faults that are told of one file; there may be more. */
export const MOST_FAULTS = 50;
/** Longest message of a fault; what it quotes is a stranger's. */
const MOST_MESSAGE = 300;

/** What is wrong at a place of a file, and what would be right. Line and column count from 1. */
export interface OperationFileFault {
  readonly line: number;
  readonly column: number;
  /** The part of the operation, `phases[1].steps[0].use`; '' where the text itself cannot be read. */
  readonly place: string;
  readonly message: string;
}

export type OperationFileReading =
  | { readonly spec: OperationSpec; readonly faults: readonly [] }
  | {
      readonly spec?: undefined;
      readonly faults: readonly OperationFileFault[];
      /** Faults beyond those told. */
      readonly more: number;
    };

/** Reads an operation written as YAML (or JSON) and finds everything that is wrong with it, in the order of its lines. */
export function checkOperationFile(text: string): OperationFileReading {
  const { tree, faults: broken } = readYaml(text);
  const faults: OperationFileFault[] = broken.map((fault) => ({ ...fault, place: '' }));
  if (!tree) return inOrder(faults);
  const parsed = operationSpecSchema.safeParse(tree.value);
  for (const issue of parsed.error?.issues ?? []) faults.push(...placed(tree, faultsOfIssue(issue)));
  const outline = outlineOf(tree.value);
  // What compares the parts is told by the schema only where each of them can be read.
  if (!parsed.success) faults.push(...placed(tree, specFaults(outline)));
  faults.push(...placed(tree, kindFaults(outline)));
  return parsed.success && faults.length === 0 ? { spec: parsed.data, faults: [] } : inOrder(faults);
}

/** Reads an operation. @throws PutError operation-invalid with every fault, a line each: file, line, column, what would be right. */
export function readOperationSpec(text: string, fileName: string): OperationSpec {
  const reading = checkOperationFile(text);
  if (reading.spec) return reading.spec;
  const { faults, more } = reading;
  const lines = operationFaultLines(fileName, faults, more);
  throw new PutError('operation-invalid', lines.join('\n'), {
    path: fileName,
    line: faults[0]?.line ?? 1,
    faults: faults.length + more,
  });
}

/** Faults as compilers tell them: `FILE:LINE:COLUMN: place: what would be right`. */
export function operationFaultLines(fileName: string, faults: readonly OperationFileFault[], more: number): string[] {
  const lines = faults.map(
    ({ line, column, place, message }) =>
      `${fileName}:${line}:${column}: ${place === '' ? '' : `${place}: `}${message}`,
  );
  return more > 0 ? [...lines, `${fileName}: ${more} more`] : lines;
}

function inOrder(all: readonly OperationFileFault[]): OperationFileReading {
  const once = new Map(all.map((fault) => [`${fault.line} ${fault.place} ${fault.message}`, fault]));
  const sorted = [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  return { faults: sorted.slice(0, MOST_FAULTS), more: Math.max(0, sorted.length - MOST_FAULTS) };
}

function placed(tree: YamlTree, faults: readonly SpecFault[]): OperationFileFault[] {
  return faults.map(({ path, message }) => ({
    ...tree.placeOf(path),
    place: shortened(placeText(path), MOST_MESSAGE),
    message: shortened(message, MOST_MESSAGE),
  }));
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

function faultsOfIssue(issue: z.core.$ZodIssue): SpecFault[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  // A key that is not known is told at its own line.
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: issue.message }));
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? issue.message }];
  return [{ path, message: issue.message }];
}

interface KnownStep extends StepOutline {
  readonly use?: string | undefined;
}

interface KnownParts extends SpecOutline {
  readonly phases: readonly { readonly id?: string | undefined; readonly steps: readonly KnownStep[] }[];
  readonly rollback: readonly KnownStep[];
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What can be read of an operation that is not written as it must be. */
function outlineOf(value: unknown): KnownParts {
  const { phases, rollback, settings, exit } = membersOf(value);
  return {
    phases: listOf(phases)
      .slice(0, MOST_PHASES)
      .map((phase) => {
        const { id, steps } = membersOf(phase);
        return { id: textOf(id), steps: listOf(steps).slice(0, MOST_STEPS).map(stepOutline) };
      }),
    rollback: listOf(rollback).slice(0, MOST_STEPS).map(stepOutline),
    settings: Object.fromEntries(
      Object.entries(membersOf(settings)).map(([name, setting]) => [name, settingSpecSchema.safeParse(setting).data]),
    ),
    exit: textOf(exit),
  };
}

function stepOutline(value: unknown): KnownStep {
  const { id, use, when, policy } = membersOf(value);
  const { ignoredGoOn } = membersOf(policy);
  const later = listOf(ignoredGoOn);
  return {
    ...{ id: textOf(id), use: textOf(use), when: textOf(when) },
    policy: later.every((one) => typeof one === 'string') && later.length > 0 ? { ignoredGoOn: later } : {},
  };
}

/** Kinds that this software does not have. A job of newer software may name them; a file that is read here may not. */
function kindFaults({ phases, rollback }: KnownParts): SpecFault[] {
  const steps = [
    ...phases.flatMap((phase, p) => phase.steps.map((step, s) => ({ step, path: ['phases', p, 'steps', s] }))),
    ...rollback.map((step, s) => ({ step, path: ['rollback', s] })),
  ];
  const known = Object.keys(STEP_KINDS).join(', ');
  return steps.flatMap(({ step: { use }, path }) =>
    use === undefined || formOf(use) !== undefined
      ? []
      : [{ path: [...path, 'use'], message: `there is no step kind ${use}; there are ${known}` }],
  );
}
