import { operationSpecSchema, type WrittenOperation } from '../operationSpec.ts';
import { REBOOT_NEEDS } from '../rebootNeed.ts';
import { NODE_SETTINGS } from './nodeSettings.ts';

/** Install/Upgrade Software: reference PUT 3.09 names the steps; the plan is ours. */
const WRITTEN: WrittenOperation = {
  id: 'install-upgrade-software',
  version: 4,
  title: 'Install/Upgrade Software',
  purpose: 'Installs or upgrades packages on the chosen nodes, in parallel, with a plan before anything happens.',
  settings: {
    ...NODE_SETTINGS,
    waves: {
      type: 'waves',
      optional: true,
      help: 'Groups of nodes that are changed one after the other: by system, type, clique, so many or a share, perhaps a canary first.',
    },
    gateCommand: {
      type: 'text',
      optional: true,
      help: 'A command that has to end with 0 on each node of a wave before the next one begins.',
    },
    gateService: {
      type: 'text',
      optional: true,
      help: 'A service that has to be active on each node of a wave before the next one begins.',
    },
    gatePort: {
      type: 'integer',
      optional: true,
      least: 1,
      most: 65535,
      help: 'A port that has to answer on each node of a wave before the next one begins.',
    },
    gateWait: {
      type: 'duration',
      optional: true,
      help: 'Time that a wave runs before the next one begins.',
    },
  },
  phases: [
    {
      id: 'prepare',
      title: 'Prepare',
      steps: [
        {
          id: 'configuration-mode',
          title: 'Configuration Mode',
          help: 'Typical switches to the new versions by itself. Custom asks in Switch Versions.',
          use: 'configuration-mode',
        },
        {
          id: 'select-nodes',
          title: 'Select Nodes',
          help: 'The nodes that the operation works on. All TPA nodes, hot standby included, belong in an install.',
          use: 'select-nodes',
        },
        {
          id: 'find-systems',
          title: 'Find All Systems',
          help: 'Reads facts from each selected node and finds how many systems they form.',
          use: 'facts',
          policy: { readOnly: true, needsOne: true, deadlineMs: '2 min', silenceMs: '10 min' },
        },
        {
          id: 'group-nodes',
          title: 'Group Nodes',
          help: 'Shows the systems and groups that were found; confirm or change the type of a node.',
          use: 'group-nodes',
        },
        {
          id: 'package-source',
          title: 'Package Source',
          help: 'The cert list, or the packages of the library without one.',
          use: 'package-source',
        },
        {
          id: 'select-packages',
          title: 'Select Packages',
          help: 'The recommended set is ticked. Next stays off while a mandatory package is missing.',
          use: 'select-packages',
        },
        {
          id: 'spool-area',
          title: 'Select Spool Area',
          help: 'The file system on each node that holds local copies of the packages.',
          use: 'spool-area',
        },
        {
          id: 'waves',
          title: 'Waves',
          help: 'Groups of nodes that are changed one after the other, perhaps a canary first. Nothing is changed before the plan is accepted.',
          use: 'waves',
          with: { setting: 'waves' },
          when: 'settings.waves or answers.configuration-mode == custom',
          otherwise: 'all nodes are changed at once',
        },
        {
          id: 'plan',
          title: 'Plan',
          help: 'What will happen on each node, before anything happens. After Shutdown there is no way back but rollback.',
          use: 'plan',
          with: { pointOfNoReturn: 'shutdown' },
        },
      ],
    },
    {
      id: 'bring',
      title: 'Bring',
      steps: [
        {
          id: 'spooling',
          title: 'Spooling',
          help: 'Copies the packages into the spool area of each node and checks digests.',
          use: 'put-files',
          policy: { deadlineMs: '2 h', silenceMs: '10 min' },
        },
      ],
    },
    {
      id: 'change',
      title: 'Change',
      perWave: true,
      gate: { use: 'health-gate', with: { wait: 'gateWait' } },
      steps: [
        {
          id: 'shutdown',
          title: 'Shutdown',
          help: 'Stops the practice service on each node.',
          use: 'service',
          with: { action: 'stop', onlyWhereChanged: true },
          policy: {
            irreversible: true,
            touchesService: true,
            ignoredGoOn: 'all',
            deadlineMs: '30 min',
            silenceMs: '10 min',
          },
        },
        {
          id: 'package-install',
          title: 'Package Install',
          help: 'Installs the packages on all nodes in parallel.',
          use: 'rpm-install',
          // A node that was ignored here is started, so that its service, stopped by Shutdown, is not left down.
          policy: { irreversible: true, ignoredGoOn: ['start'], deadlineMs: '2 h', silenceMs: '10 min' },
        },
        {
          id: 'switch-versions',
          title: 'Switch Versions',
          help: 'Custom only: which of the installed versions becomes active.',
          use: 'switch-versions',
          when: 'answers.configuration-mode == custom',
          otherwise: 'Typical mode switches to the new versions by itself',
          policy: { irreversible: true, ignoredGoOn: 'all', deadlineMs: '30 min', silenceMs: '10 min' },
        },
        {
          id: 'reboot',
          title: 'Reboot',
          help: 'Reboots the nodes on which something comes into force only then, such as a kernel, and waits for each to come back.',
          use: 'reboot',
          with: { needs: [...REBOOT_NEEDS], service: 'any' },
          // The service is started, and looked at, by the steps that follow.
          policy: {
            irreversible: true,
            touchesService: true,
            ignoredGoOn: 'all',
            deadlineMs: '1 h',
            silenceMs: '1 h',
          },
        },
        {
          id: 'start',
          title: 'Start',
          help: 'Starts the service on each node.',
          use: 'service',
          with: { action: 'start' },
          policy: { irreversible: true, touchesService: true, deadlineMs: '30 min', silenceMs: '10 min' },
        },
        {
          id: 'validation',
          title: 'Validation',
          help: 'Reads back what is on each node and compares it with the plan.',
          use: 'validate',
          policy: { readOnly: true, irreversible: true, deadlineMs: '10 min', silenceMs: '10 min' },
        },
        {
          id: 'health-gate',
          title: 'Health Gate',
          help: 'Checks each node of the wave before the next wave begins.',
          use: 'health-gate',
          with: { command: 'gateCommand', service: 'gateService', port: 'gatePort' },
          when: 'settings.gateCommand or settings.gateService or settings.gatePort',
          otherwise: 'no check between waves was asked for',
          policy: { readOnly: true, irreversible: true, deadlineMs: '10 min', silenceMs: '10 min' },
        },
      ],
    },
    {
      id: 'end',
      title: 'End',
      steps: [
        {
          id: 'finished',
          title: 'Finished!',
          help: 'Writes the report.',
          use: 'report',
          policy: { readOnly: true, irreversible: true },
        },
      ],
    },
  ],
  exit: 'start',
  rollback: [
    {
      id: 'bring-back',
      title: 'Bring Back',
      help: 'Copies the kept packages of the versions before to each node. One without a kept file fails here, before anything is stopped.',
      use: 'put-files',
      with: { of: 'before' },
      policy: { deadlineMs: '2 h', silenceMs: '10 min' },
    },
    {
      id: 'stop-again',
      title: 'Stop Again',
      help: 'Stops the service on each node that goes back.',
      use: 'service',
      with: { action: 'stop', onlyWhereChanged: true },
      policy: { touchesService: true, ignoredGoOn: ['start-again'], deadlineMs: '30 min', silenceMs: '10 min' },
    },
    {
      id: 'packages-back',
      title: 'Packages Back',
      help: 'Brings back exactly the versions before, and takes away what is new.',
      use: 'rpm-back',
      policy: { ignoredGoOn: ['start-again'], deadlineMs: '2 h', silenceMs: '10 min' },
    },
    {
      id: 'reboot-again',
      title: 'Reboot Again',
      help: 'Reboots the nodes that were rebooted for what is gone again, such as a kernel.',
      use: 'reboot',
      with: { needs: [...REBOOT_NEEDS], service: 'any', of: 'before' },
      policy: {
        touchesService: true,
        ignoredGoOn: 'all',
        deadlineMs: '1 h',
        silenceMs: '1 h',
      },
    },
    {
      id: 'start-again',
      title: 'Start Again',
      help: 'Starts the service on each node that went back.',
      use: 'service',
      with: { action: 'start' },
      policy: { touchesService: true, deadlineMs: '30 min', silenceMs: '10 min' },
    },
    {
      id: 'validation-back',
      title: 'Validation Back',
      help: 'Reads back what is on each node and compares it with what was there before.',
      use: 'validate',
      with: { of: 'before' },
      policy: { readOnly: true, deadlineMs: '10 min', silenceMs: '10 min' },
    },
  ],
};

export const INSTALL_UPGRADE_SOFTWARE = operationSpecSchema.parse(WRITTEN);
