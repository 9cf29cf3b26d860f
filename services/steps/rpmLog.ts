import { labelOf, type CellCause, type PlannedPackage } from '../../core/model/job.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import { lockHolder } from '../nodes/rpmLock.ts';

/** What rpm said of a transaction while it ran. */
export interface RpmLog {
  /** Causes by package label, of packages that were not installed. */
  readonly failures: Readonly<Record<string, CellCause>>;
  /** Packages that were installed although a scriptlet of theirs failed. */
  readonly warnings: Readonly<Record<string, CellCause>>;
  /** The transaction as a whole was refused. */
  readonly refused: boolean;
  /** Configuration files that a person has to compare: new ones beside those of the site, or those of the site put aside. */
  readonly configFiles: readonly string[];
  /** Lines that rpm wrote as errors. */
  readonly errors: readonly string[];
}

/** Most configuration files that are kept of a transaction. */
const MOST_CONFIG_FILES = 200;

export interface RpmLogReader {
  /** Takes a line; answers whether people want to read it. */
  take(line: string): boolean;
  log(): RpmLog;
}

export interface RpmLogListener {
  onPercent(percent: number): void;
  /** rpm began with a package. */
  onBegun(label: string): void;
}

/** Reads what `rpm -Uv --percent` writes about packages of a plan. Messages are those of rpm 4.14, with `LC_ALL=C`. */
export function createRpmLogReader(
  nodeId: string,
  todo: readonly PlannedPackage[],
  listener: RpmLogListener,
): RpmLogReader {
  const failures: Record<string, CellCause> = {};
  const warnings: Record<string, CellCause> = {};
  let refused = false;
  let holder: string | undefined;
  const configFiles: string[] = [];
  const errors: string[] = [];
  const builds = todo.flatMap((wanted) => {
    const nevra = formatNevra(wanted);
    return [nevra, nevra.slice(0, -wanted.arch.length - 1)].map((build) => ({ build, wanted }));
  });
  const ofBuild = (build: string | undefined): PlannedPackage | undefined =>
    builds.find((one) => one.build === build)?.wanted;
  const mentioned = (line: string): PlannedPackage | undefined =>
    todo.find(({ name }) => line.trimStart().startsWith(`${name} `)) ??
    builds.find(({ build }) => line.includes(build))?.wanted ??
    todo[0];
  const fail = (wanted: PlannedPackage | undefined, code: string, message: string): void => {
    if (!wanted) return;
    const packageName = labelOf(wanted);
    failures[packageName] ??= { code, message, packageName };
  };
  const refuse = (line: string, code: string): void => {
    refused = true;
    fail(mentioned(line), code, `${nodeId}: ${line.trim()}`);
  };
  const take = (line: string): boolean => {
    const percent = /^%% (\d+(?:\.\d+)?)$/.exec(line)?.[1];
    if (percent !== undefined) {
      listener.onPercent(Number(percent));
      return false;
    }
    const begun = ofBuild(line);
    if (begun) {
      listener.onBegun(labelOf(begun));
      return true;
    }
    const lockedBy = lockHolder(line);
    if (lockedBy !== undefined) {
      holder = lockedBy;
      return true;
    }
    if (line.startsWith('error: ')) errors.push(line.slice('error: '.length));
    const config = /^warning: (.+) (?:created|saved) as (.+\.rpm(?:new|save|orig))$/.exec(line)?.[2];
    if (config !== undefined && configFiles.length < MOST_CONFIG_FILES && !configFiles.includes(config)) {
      configFiles.push(config);
    }
    const lua = /^error: lua script failed: \[string "%(\w+)\((\S+)\)"\]/.exec(line);
    const script = lua
      ? [line, lua[1] === 'prein' || lua[1] === 'pretrans' ? 'error' : 'warning', lua[1], lua[2]]
      : /^(error|warning): %(\w+)\((\S+)\) scriptlet failed/.exec(line);
    if (script) {
      const wanted = ofBuild(script[3]);
      if (script[1] === 'error') {
        fail(wanted, 'script-pre-failed', `%pre of ${script[3]} failed; what was there stays`);
      } else if (wanted) {
        const packageName = labelOf(wanted);
        const message = `%post of ${script[3]} failed; the new version is on the node`;
        warnings[packageName] ??= { code: 'script-post-failed', message, packageName };
      }
      return true;
    }
    const unpacked = /^error: unpacking of (\S+) failed/.exec(line)?.[1];
    if (unpacked !== undefined) {
      fail(ofBuild(unpacked), 'action-failed', `unpacking of ${unpacked} failed; what was there stays`);
    } else if (/^\t.* \(which is newer than .*\) is already installed$/.test(line)) refuse(line, 'package-older');
    else if (/^\t.*(?: is needed by | conflicts with | is obsoleted by )/.test(line)) refuse(line, 'dependency-failed');
    else if (/^\t.*intended for a different architecture/.test(line)) refuse(line, 'package-wrong-arch');
    else if (/^\t.*needs .*space on the /.test(line)) refuse(line, 'disk-full');
    else if (/^error: can't create transaction lock/.test(line)) {
      refuse(holder === undefined ? `${line}; by whom is not known` : `${line}; held by ${holder}`, 'rpm-locked');
    } else if (/^error: open of \S+ failed/.test(line)) refuse(line, 'action-failed');
    return true;
  };
  return { take, log: () => ({ failures, warnings, refused, configFiles, errors }) };
}
