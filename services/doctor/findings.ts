/** What is looked at, in the order in which it is told. */
export const DOCTOR_CHECKS = [
  'config',
  'state',
  'disk',
  'journal',
  'ports',
  'certificate',
  'accounts',
  'keys',
  'inventory',
  'nodes',
  'clock',
  'limits',
  'service',
] as const;
export type DoctorCheck = (typeof DOCTOR_CHECKS)[number];

/** FAILED: putservices does not start with it, or cannot do its work. NOTICE: it works, and somebody should know. */
export type Verdict = 'OK' | 'NOTICE' | 'FAILED';

/** One line of what was found. */
export interface Finding {
  readonly check: DoctorCheck;
  readonly verdict: Verdict;
  /** What was seen. */
  readonly text: string;
  /** What to do about it; '' with OK. */
  readonly next: string;
}

/** Makes the findings of one check. */
export function findingsOf(check: DoctorCheck): {
  readonly ok: (text: string) => Finding;
  readonly notice: (text: string, next: string) => Finding;
  readonly failed: (text: string, next: string) => Finding;
} {
  return {
    ok: (text) => ({ check, verdict: 'OK', text, next: '' }),
    notice: (text, next) => ({ check, verdict: 'NOTICE', text, next }),
    failed: (text, next) => ({ check, verdict: 'FAILED', text, next }),
  };
}

/** The worst of the verdicts. */
export function worstOf(findings: readonly Finding[]): Verdict {
  const has = (verdict: Verdict): boolean => findings.some((finding) => finding.verdict === verdict);
  return has('FAILED') ? 'FAILED' : has('NOTICE') ? 'NOTICE' : 'OK';
}

/** At most so many names, and how many more there are. */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** One finding a line, what to do below it. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, verdict, text, next }) => [
    `${verdict.padEnd(6)}  ${check.padEnd(11)}  ${text}`,
    ...(next === '' ? [] : [`${' '.repeat(21)}${next}`]),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
