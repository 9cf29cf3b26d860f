import { operationSpecSchema, type WrittenOperation } from '../operationSpec.ts';
import { FINISHED_STEP } from './finishedStep.ts';
import { WAVE_SETTINGS } from './nodeSettings.ts';

/** Run Command: a command on chosen nodes, and what each of them said. */
const WRITTEN: WrittenOperation = {
  id: 'run-command',
  version: 3,
  title: 'Run Command',
  purpose: 'Runs a command on the chosen nodes, in parallel, and shows what they said, equal outputs together.',
  settings: WAVE_SETTINGS,
  phases: [
    {
      id: 'prepare',
      title: 'Prepare',
      steps: [
        {
          id: 'select-nodes',
          title: 'Select Nodes',
          help: 'The nodes that the command runs on.',
          use: 'select-nodes',
        },
        {
          id: 'command',
          title: 'Command',
          help: 'The command, how long it may take on a node, and what its exit codes mean.',
          use: 'command',
          with: { deadline: '10 min' },
        },
        {
          id: 'waves',
          title: 'Waves',
          help: 'Groups of nodes on which the command runs one after the other, perhaps a canary first.',
          use: 'waves',
          with: { setting: 'waves' },
          when: 'settings.waves',
          otherwise: 'the command runs on all nodes at once',
        },
        {
          id: 'preview',
          title: 'Preview',
          help: 'What will be done, before anything is done. PUT does not know what a command changes, and cannot undo it.',
          use: 'preview',
        },
      ],
    },
    {
      id: 'run',
      title: 'Run',
      perWave: true,
      steps: [
        {
          id: 'run',
          title: 'Run',
          help: 'Runs the command on each node, detached: it goes on there whatever happens to the line or the master.',
          use: 'run-command',
          // Its own deadline counts, and a command may say nothing until its end.
          policy: { irreversible: true, deadlineMs: '1 d', silenceMs: '1 d' },
        },
      ],
    },
    {
      id: 'end',
      title: 'End',
      steps: [FINISHED_STEP],
    },
  ],
};

export const RUN_COMMAND = operationSpecSchema.parse(WRITTEN);
