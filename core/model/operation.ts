/** Entries of the table of contents of Install/Upgrade Software, in order. */
export const INSTALL_STEPS = [
  'configuration-mode',
  'select-nodes',
  'find-systems',
  'group-nodes',
  'package-source',
  'select-packages',
  'spool-area',
  'plan',
  'spooling',
  'shutdown',
  'package-install',
  'switch-versions',
  'start',
  'validation',
  'finished',
] as const;
export type StepId = (typeof INSTALL_STEPS)[number];

/** Who moves a step on: a person with Next, or the sequencer by itself. */
export type StepKind = 'input' | 'automatic';

export interface StepDefinition {
  readonly stepId: StepId;
  readonly title: string;
  readonly kind: StepKind;
  /** Work is done on every selected node, in parallel. */
  readonly onNodes: boolean;
  /** Help topic and one sentence of what the step does. */
  readonly help: string;
}

export interface OperationDefinition {
  readonly operationId: 'install-upgrade-software';
  readonly title: string;
  readonly steps: readonly StepDefinition[];
}

const define = (stepId: StepId, title: string, kind: StepKind, onNodes: boolean, help: string): StepDefinition => ({
  stepId,
  title,
  kind,
  onNodes,
  help,
});

/** Install/Upgrade Software: reference PUT 3.09 names the steps; the plan is ours. */
export const INSTALL_UPGRADE_SOFTWARE: OperationDefinition = {
  operationId: 'install-upgrade-software',
  title: 'Install/Upgrade Software',
  steps: [
    define(
      'configuration-mode',
      'Configuration Mode',
      'input',
      false,
      'Typical switches to the new versions by itself. Custom asks in Switch Versions.',
    ),
    define(
      'select-nodes',
      'Select Nodes',
      'input',
      false,
      'The nodes that the operation works on. All TPA nodes, hot standby included, belong in an install.',
    ),
    define(
      'find-systems',
      'Find All Systems',
      'automatic',
      true,
      'Reads facts from each selected node and finds how many systems they form.',
    ),
    define(
      'group-nodes',
      'Group Nodes',
      'input',
      false,
      'Shows the systems and groups that were found; confirm or change the type of a node.',
    ),
    define(
      'package-source',
      'Package Source',
      'input',
      false,
      'The cert list, or the packages of the library without one.',
    ),
    define(
      'select-packages',
      'Select Packages',
      'input',
      false,
      'The recommended set is ticked. Next stays off while a mandatory package is missing.',
    ),
    define(
      'spool-area',
      'Select Spool Area',
      'input',
      false,
      'The file system on each node that holds local copies of the packages.',
    ),
    define(
      'plan',
      'Plan',
      'input',
      false,
      'What will happen on each node, before anything happens. After Shutdown there is no way back but rollback.',
    ),
    define(
      'spooling',
      'Spooling',
      'automatic',
      true,
      'Copies the packages into the spool area of each node and checks digests.',
    ),
    define('shutdown', 'Shutdown', 'automatic', true, 'Stops the practice service on each node.'),
    define('package-install', 'Package Install', 'automatic', true, 'Installs the packages on all nodes in parallel.'),
    define(
      'switch-versions',
      'Switch Versions',
      'input',
      true,
      'Custom only: which of the installed versions becomes active.',
    ),
    define('start', 'Start', 'automatic', true, 'Starts the service on each node.'),
    define(
      'validation',
      'Validation',
      'automatic',
      true,
      'Reads back what is on each node and compares it with the plan.',
    ),
    define('finished', 'Finished!', 'automatic', false, 'Writes the report.'),
  ],
};

export const OPERATIONS: readonly OperationDefinition[] = [INSTALL_UPGRADE_SOFTWARE];
