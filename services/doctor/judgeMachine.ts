import { formatDurationMs } from '../../core/model/duration.ts';
import { type Finding, findingsOf } from './findings.ts';

/** The clock of this machine. */
export interface ClockSeen {
  readonly nowMs: number;
  /** When the state folder was last written, by the clock of that time; 0: never. */
  readonly lastWrittenMs: number;
  /** Whether a time service keeps it right; undefined where that cannot be seen. */
  readonly synchronised: boolean | undefined;
}

const clock = findingsOf('clock');
/** Steps of a time service are smaller. */
const BACK_MS = 60_000;

/** Whether the clock can be believed: history, certificates and windows of time go by it. */
export function judgeClock({ nowMs, lastWrittenMs, synchronised }: ClockSeen): Finding[] {
  const now = new Date(nowMs).toISOString();
  const behindMs = lastWrittenMs - nowMs;
  if (behindMs > BACK_MS) {
    const text = `it says ${now}, ${formatDurationMs(behindMs)} before the last write to the state folder`;
    return [
      clock.failed(text, 'Set the clock; what runs measures its times otherwise, but history would be told wrongly.'),
    ];
  }
  if (synchronised === false)
    return [
      clock.notice(`${now}, kept right by no time service`, 'Switch one on, such as chronyd: timedatectl set-ntp true'),
    ];
  return [
    clock.ok(
      `${now}${synchronised ? ', kept right by a time service' : '; whether a time service keeps it right cannot be seen'}`,
    ),
  ];
}

/** Limit of open files. */
export interface LimitsSeen {
  /** Undefined where it cannot be seen. */
  readonly openFiles: number | undefined;
  /** The running putservices that it is of; undefined: of this command itself, for want of one. */
  readonly ofPid: number | undefined;
  readonly nodes: number;
}

const limits = findingsOf('limits');
/** One connection a node and one of its files on the way; ten sockets a client for a hundred clients; journal, logs and library. */
const filesNeeded = (nodes: number): number => 2 * nodes + 1_024;

/** Whether all nodes and clients can be connected at the same time. */
export function judgeLimits({ openFiles, ofPid, nodes }: LimitsSeen): Finding[] {
  if (openFiles === undefined) return [limits.ok('the limit of open files cannot be seen here')];
  const whose = ofPid === undefined ? 'of this command (putservices does not run)' : `of putservices, process ${ofPid}`;
  const text = `${openFiles} open files ${whose}; ${filesNeeded(nodes)} are wanted for ${nodes} nodes`;
  if (openFiles >= filesNeeded(nodes)) return [limits.ok(text)];
  return [limits.notice(text, 'The service unit gives 65536 (LimitNOFILE); started by hand: ulimit -n 65536 before.')];
}

/** The unit of the package, as systemd has it. */
export interface ServiceSeen {
  /** `enabled`, `disabled`, `masked`, ... */
  readonly unitFileState: string;
  /** `active`, `inactive`, `failed`, `activating`, ... */
  readonly activeState: string;
  /** How it last ended: `success`, `exit-code`, ... */
  readonly result: string;
}

const service = findingsOf('service');

/** Whether the service of the package runs, and will after a boot; nothing where there is none. */
export function judgeService(seen: ServiceSeen | undefined): Finding[] {
  if (!seen) return [];
  const { unitFileState, activeState, result } = seen;
  const log = 'journalctl -u putservices -n 30 says why';
  if (unitFileState.startsWith('masked')) {
    return [
      service.notice(
        'putservices.service is masked and cannot be started',
        'systemctl unmask putservices, then systemctl enable --now putservices',
      ),
    ];
  }
  const findings: Finding[] = [];
  const isEnabled = !['disabled', 'indirect', 'bad', ''].includes(unitFileState);
  const runs = activeState === 'active' || activeState === 'reloading';
  if (!isEnabled) {
    const text = `putservices.service does not start when this machine boots (${unitFileState || 'not enabled'})`;
    findings.push(service.notice(text, `systemctl enable${runs ? '' : ' --now'} putservices`));
  }
  if (activeState === 'failed') {
    findings.push(
      service.failed(
        `putservices.service ended and is not started again (${result})`,
        `${log}; then systemctl start putservices`,
      ),
    );
  } else if (activeState === 'activating') {
    findings.push(service.notice('putservices.service is being started', `Where that does not end, ${log}.`));
  } else if (!runs) {
    findings.push(service.notice(`putservices.service does not run (${activeState})`, 'systemctl start putservices'));
  }
  return findings.length > 0 ? findings : [service.ok('putservices.service runs, and starts when this machine boots')];
}
