/**
 * The step library: kinds of steps by name. `ask`: a person answers; `ask-and-work`: the answer is carried out on the nodes; `work`: it works on the
 * nodes by itself; `conclude`: it ends the job. Services and windows have a part for each, or they do not compile.
 */
export const STEP_KINDS = {
  'configuration-mode': 'ask',
  'select-nodes': 'ask',
  facts: 'work',
  'group-nodes': 'ask',
  'package-source': 'ask',
  'select-packages': 'ask',
  'spool-area': 'ask',
  waves: 'ask',
  plan: 'ask',
  command: 'ask',
  preview: 'ask',
  'put-files': 'work',
  service: 'work',
  'rpm-test': 'work',
  'rpm-install': 'work',
  'rpm-back': 'work',
  'switch-versions': 'ask-and-work',
  reboot: 'work',
  guard: 'work',
  validate: 'work',
  'health-gate': 'work',
  'run-command': 'work',
  report: 'conclude',
} as const;

export type StepKindName = keyof typeof STEP_KINDS;
export type StepKindForm = (typeof STEP_KINDS)[StepKindName];
/** Kinds of one form. */
export type KindsOf<F extends StepKindForm> = {
  [K in StepKindName]: (typeof STEP_KINDS)[K] extends F ? K : never;
}[StepKindName];

/** The form of a kind; undefined for one of newer software. */
export function formOf(use: string): StepKindForm | undefined {
  return Object.hasOwn(STEP_KINDS, use) ? STEP_KINDS[use as StepKindName] : undefined;
}

/** Whether steps of a kind ask a person. */
export function asksPerson(use: string): boolean {
  const form = formOf(use);
  return form === 'ask' || form === 'ask-and-work';
}

/** Whether steps of a kind work on nodes. */
export function worksOnNodes(use: string): boolean {
  const form = formOf(use);
  return form === 'work' || form === 'ask-and-work';
}
