import { labelOf, type CellCause, type PlannedPackage } from '../../core/model/job.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import type { JobSoFar } from './JobSoFar.ts';

/** What has to hold of a package file: a signature of a key that the node knows, or right digests alone. */
export type SignatureRule = 'required' | 'digests-only';

/** Settings of the steps that check signatures, by the name that the operation gives them. */
export function signatureRuleOf({ settings }: Pick<JobSoFar, 'settings'>, setting: string): SignatureRule {
  return settings[setting] === 'digests-only' ? 'digests-only' : 'required';
}

/** What plan and report say where no signature is required of the packages; undefined where one is, or none are checked. */
export function signatureNote(job: Pick<JobSoFar, 'spec' | 'settings'>): string | undefined {
  const off = stepsOf(job.spec).some(
    ({ use, with: params }) =>
      use === 'rpm-test' &&
      signatureRuleOf(job, (params['signatures'] as string | undefined) ?? 'signatures') !== 'required',
  );
  return off
    ? 'No signature is required of the packages (SIGNATURES=digests-only on the master): their digests alone are checked.'
    : undefined;
}

export interface SignatureReader {
  take(line: string): void;
  /** What stands against each file; in their order. */
  causes(nodeId: string): readonly CellCause[];
}

/**
 * Reads what `rpmkeys -Kv` writes of files, with `LC_ALL=C` (rpm 4.11 to 4.18): each file with what was checked of it. Its exit code says less: without
 * a policy on the node, it is content with a file that has no signature.
 */
export function createSignatureReader(
  paths: ReadonlyMap<string, PlannedPackage>,
  rule: SignatureRule,
): SignatureReader {
  const lines = new Map<string, string[]>();
  const errors: string[] = [];
  let at: string | undefined;
  const take = (line: string): void => {
    if (line.startsWith('error: ')) errors.push(line);
    else if (/^\s/.test(line)) lines.get(at ?? '')?.push(line.trim());
    else {
      // A file that cannot be read leaves its name without an end of line before the next one.
      at = [...paths.keys()].find((path) => line.trimEnd().endsWith(`${path}:`));
      if (at !== undefined) lines.set(at, []);
    }
  };
  const causeOf = (path: string): Omit<CellCause, 'packageName'> | undefined => {
    const checks = lines.get(path) ?? [];
    const isSignature = (check: string): boolean => /signature/i.test(check);
    const bad = checks.find((check) => /: BAD\b/.test(check));
    const error = errors.find((one) => one.includes(path) || one.includes(path.split('/').at(-1) as string));
    if (
      bad !== undefined ||
      checks.length === 0 ||
      !checks.some((check) => /digest: OK/i.test(check) || (isSignature(check) && /: OK\b/.test(check)))
    ) {
      const why =
        bad?.replace(/ \(Expected .*$/, '') ?? error?.slice('error: '.length) ?? 'rpm does not say that it is whole';
      return { code: 'package-damaged', message: why };
    }
    if (rule !== 'required') return undefined;
    const signatures = checks.filter((check) => isSignature(check) && !/: NOTFOUND\b/.test(check));
    if (signatures.length === 0) return { code: 'signature-missing', message: 'it has no signature' };
    const unknown = signatures.find((check) => !/: OK\b/.test(check));
    return unknown === undefined ? undefined : { code: 'signature-unknown', message: unknown };
  };
  const causes = (nodeId: string): CellCause[] =>
    [...paths].flatMap(([path, planned]) => {
      const cause = causeOf(path);
      const message = `${nodeId}: ${planned.fileName}: ${cause?.message ?? ''}`;
      return cause ? [{ ...cause, message, packageName: labelOf(planned) }] : [];
    });
  return { take, causes };
}
