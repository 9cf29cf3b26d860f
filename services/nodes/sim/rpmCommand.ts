import { basename } from 'node:path/posix';
import { archFit } from '../../../core/model/architectures.ts';
import { isInstalledBeside } from '../../../core/model/packageIdentity.ts';
import type { PackageIdentity } from '../../../core/model/package.ts';
import { compareEvr, formatNevra } from '../../../core/model/rpmVersion.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { InstalledPackage } from '../../../core/model/node.ts';
import type { CommandScript } from './CommandScript.ts';
import { isThere } from './nodePackages.ts';
import type { SimPackageHeader, SimPackageSource } from './packageSource.ts';
import { PRACTICE_ARCH, PRACTICE_RPM } from './practiceInventory.ts';
import { withPracticeOs } from './practiceOs.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { scriptletFails } from './scriptletVerdict.ts';
import { between } from './seededRandom.ts';
import { obsoletedBy, replaces, transactionProblems } from './transactionCheck.ts';

/** Installing takes this share of the time of a transaction, the erasing of what is replaced the rest. */
const INSTALLING_SHARE = 0.85;

interface RpmCall {
  readonly upgrade: boolean;
  readonly testOnly: boolean;
  /** A version that is older than the one on the node is taken as well. */
  readonly oldPackage: boolean;
  readonly paths: readonly string[];
}

/** Understands `rpm -U`, `rpm -U --test` and `rpm -i`; undefined for what practice nodes do not do. */
export function readRpmCall(argv: readonly string[]): RpmCall | undefined {
  const options = argv.slice(1).filter((word) => word.startsWith('-'));
  const mode = options.find((word) => /^-[Ui]v?h?$/.test(word));
  const known = ['--percent', '--replacepkgs', '--replacefiles', '--test', '--oldpackage'];
  if (mode === undefined || !options.every((word) => word === mode || known.includes(word))) return undefined;
  const paths = argv.slice(1).filter((word) => !word.startsWith('-'));
  return {
    upgrade: mode.startsWith('-U'),
    testOnly: options.includes('--test'),
    oldPackage: options.includes('--oldpackage'),
    paths,
  };
}

interface EraseCall {
  readonly noDependencies: boolean;
  /** `name-version-release.arch` of what goes. */
  readonly builds: readonly string[];
}

/** Understands `rpm -e` of builds; undefined for anything else. */
export function readEraseCall(argv: readonly string[]): EraseCall | undefined {
  const options = argv.slice(1).filter((word) => word.startsWith('-'));
  const mode = options.find((word) => /^-ev?$/.test(word));
  if (mode === undefined || !options.every((word) => word === mode || word === '--nodeps')) return undefined;
  const builds = argv.slice(1).filter((word) => !word.startsWith('-'));
  return { noDependencies: options.includes('--nodeps'), builds };
}

/** Writes what `rpm -e` does: what it finds against the whole is refused before anything goes. */
export function writeErase(
  script: CommandScript,
  call: EraseCall,
  state: PracticeNodeState,
  source: SimPackageSource,
): void {
  script.pass(between(script.random, 50, 150));
  const installed = withPracticeOs(state.packages);
  const gone: InstalledPackage[] = [];
  const errors: string[] = [];
  for (const build of call.builds) {
    const found = installed.find((one) => formatNevra({ ...one, epoch: 0 }) === build);
    if (found) gone.push(found);
    else errors.push(`error: package ${build} is not installed`);
  }
  if (errors.length === 0 && !call.noDependencies) {
    const relations = source.relationsOf(installed);
    const problems = transactionProblems({ installed, relations, incoming: [], rpm: PRACTICE_RPM, erased: gone });
    if (problems.length > 0)
      errors.push('error: Failed dependencies:', ...problems.map(({ message }) => `\t${message}`));
  }
  for (const one of errors.length === 0 ? gone : []) {
    const build = formatNevra(one);
    script.pass(between(script.random, 100, 400));
    if (script.meets('fail', 'pre-script', 'post-script', 'disk-full')) {
      script.log(`error: %preun(${build}) scriptlet failed, exit status 1`, `error: ${build}: erase failed`);
      return script.exit(1);
    }
    script.beat({ gone: [identityOf(one)], diary: { event: 'package-erased', package: build }, log: `${build}\n` });
    script.middle();
  }
  script.log(...errors);
  script.exit(errors.length === 0 ? 0 : 1);
}

/** Writes what `rpmkeys -Kv` says of files, and answers its exit code: the practice packages have no signature. */
export async function writeKeyCheck(
  script: CommandScript,
  paths: readonly string[],
  state: PracticeNodeState,
  source: SimPackageSource,
): Promise<number> {
  script.pass(between(script.random, 50, 150));
  script.middle();
  let failed = false;
  const damaged = script.meets('fail') !== undefined;
  for (const [i, path] of paths.entries()) {
    const { errors } = await readHeaders([path], state, source);
    const unread = errors.find((one) => one.startsWith('error: open of'));
    if (unread !== undefined) script.log(`error: ${path}: open failed: No such file or directory`);
    else if (damaged && i === 0)
      script.log(`${path}:`, '    Header SHA256 digest: OK', '    Payload SHA256 digest: BAD');
    else script.log(`${path}:`, '    Header SHA256 digest: OK', '    Payload SHA256 digest: OK');
    failed ||= unread !== undefined || (damaged && i === 0);
  }
  return failed ? 1 : 0;
}

/**
 * Writes what rpm does, with its own habits: what its check of the whole finds is refused before anything is changed; new versions come first, beside
 * the old ones, and what they replace is erased at the end, so that a cut leaves both; a package whose %pre fails stays as it was while the others go on,
 * those that need it too; a failing %post leaves the new version and is only a warning.
 */
export async function writeRpm(
  script: CommandScript,
  call: RpmCall,
  state: PracticeNodeState,
  source: SimPackageSource,
): Promise<void> {
  const { headers, errors } = await readHeaders(call.paths, state, source);
  script.pass(between(script.random, 50, 150));
  const [first] = headers;
  if (first && script.meets('disk-full')) {
    errors.push(`\tinstalling package ${formatNevra(first)} needs 12MB more space on the / filesystem`);
  }
  const newer = call.upgrade && !call.oldPackage ? newerThere(headers, state) : [];
  errors.push(...newer.map(([there, header]) => newerText(there, header)));
  if (errors.length === 0) {
    const installed = withPracticeOs(state.packages);
    const relations = source.relationsOf(installed);
    const problems = transactionProblems({ installed, relations, incoming: headers, rpm: PRACTICE_RPM });
    if (problems.length > 0)
      errors.push('error: Failed dependencies:', ...problems.map(({ message }) => `\t${message}`));
  }
  if (errors.length > 0) {
    script.log(...errors);
    return script.exit(1);
  }
  if (call.testOnly) return script.exit(0);
  writeTransaction(script, call, state, headers);
}

async function readHeaders(
  paths: readonly string[],
  state: PracticeNodeState,
  source: SimPackageSource,
): Promise<{ headers: SimPackageHeader[]; errors: string[] }> {
  const headers: SimPackageHeader[] = [];
  const errors: string[] = [];
  for (const path of paths) {
    if (state.spooled[path] === undefined) {
      errors.push(`error: open of ${path} failed: No such file or directory`);
      continue;
    }
    try {
      const header = await source.headerOf(basename(path));
      headers.push(header);
      if (archFit(header.arch, PRACTICE_ARCH) === undefined) {
        errors.push(`\tpackage ${formatNevra(header)} is intended for a different architecture`);
      }
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      errors.push(`error: open of ${path} failed: ${error.message}`);
    }
  }
  return { headers, errors };
}

/** Installed packages that are newer than what would take their place. */
function newerThere(
  headers: readonly SimPackageHeader[],
  state: PracticeNodeState,
): (readonly [InstalledPackage, SimPackageHeader])[] {
  return headers.flatMap((header) =>
    state.packages
      .filter((there) => replaces(header, there) && compareEvr(there, header) > 0)
      .map((there) => [there, header] as const),
  );
}

const newerText = (there: InstalledPackage, header: SimPackageHeader): string =>
  `\tpackage ${formatNevra(there)} (which is newer than ${formatNevra(header)}) is already installed`;

function identityOf({ name, epoch, version, release, arch }: PackageIdentity): InstalledPackage {
  return { name, epoch, version, release, arch };
}

function writeTransaction(
  script: CommandScript,
  call: RpmCall,
  state: PracticeNodeState,
  headers: readonly SimPackageHeader[],
): void {
  const come: SimPackageHeader[] = [];
  const share = 100 * INSTALLING_SHARE;
  const percent = (value: number): string => `%% ${value.toFixed(6)}`;
  for (const [i, header] of headers.entries()) {
    const build = formatNevra(header);
    const from = (share * i) / headers.length;
    const to = (share * (i + 1)) / headers.length;
    const durationMs = between(script.random, 500, 1600) * INSTALLING_SHARE;
    script.log(build, percent(from));
    script.pass(durationMs / 3);
    if (script.meets('fail')) {
      script.log(`error: unpacking of ${build} failed; what was there stays`, `error: ${build}: install failed`);
      continue;
    }
    if (script.meets('pre-script') || scriptletFails(header.pre)) {
      script.log(`error: %prein(${build}) scriptlet failed, exit status 1`, `error: ${build}: install failed`);
      continue;
    }
    script.beat({ diary: { event: 'package-begun', package: build, repairs: isThere(state, header) } });
    for (const part of [1, 2, 3]) {
      script.pass((durationMs * 2) / 3 / 3);
      if (part < 3) script.log(percent(from + ((to - from) * (part + 1)) / 4));
    }
    script.beat({ come: identityOf(header), log: `${percent(to)}\n` });
    if (script.meets('post-script') || scriptletFails(header.post)) {
      script.log(`warning: %post(${build}) scriptlet failed, exit status 1`);
    }
    come.push(header);
    if (i === Math.floor(headers.length / 2)) script.middle();
  }
  for (const [i, header] of come.entries()) {
    script.pass(between(script.random, 80, 240));
    const build = formatNevra(header);
    const obsoleted = call.upgrade ? obsoletedBy(header, state.packages) : [];
    const gone = obsoleted.map((one) => `${formatNevra(one)} is obsoleted by ${build} and removed\n`).join('');
    const beside = !call.upgrade || isInstalledBeside(header);
    script.beat({
      replace: { by: { ...identityOf(header), beside }, obsoleted: obsoleted.map(identityOf) },
      diary: { event: 'package-ended', package: build },
      log: `${gone}${percent(share + ((100 - share) * (i + 1)) / come.length)}\n`,
    });
  }
  script.exit(come.length === headers.length ? 0 : 1);
}
