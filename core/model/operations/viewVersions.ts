import { operationSpecSchema, type WrittenOperation } from '../operationSpec.ts';
import { FINISHED_STEP } from './finishedStep.ts';
import { NODE_SETTINGS } from './nodeSettings.ts';

/** View Versions: what is where. It changes nothing, so that there is nothing to confirm. */
const WRITTEN: WrittenOperation = {
  id: 'view-versions',
  version: 1,
  title: 'View Versions',
  purpose: 'Shows which versions of packages are on the chosen nodes, and what differs between nodes of one type.',
  settings: NODE_SETTINGS,
  phases: [
    {
      id: 'read',
      title: 'Read',
      steps: [
        {
          id: 'select-nodes',
          title: 'Select Nodes',
          help: 'The nodes whose packages are read.',
          use: 'select-nodes',
        },
        {
          id: 'versions',
          title: 'Versions',
          help: 'Reads the packages of each selected node and compares nodes of one type.',
          use: 'facts',
          with: { sections: ['os', 'clock', 'packages'] },
          policy: { readOnly: true, needsOne: true, deadlineMs: '2 min', silenceMs: '10 min' },
        },
        FINISHED_STEP,
      ],
    },
  ],
};

export const VIEW_VERSIONS = operationSpecSchema.parse(WRITTEN);
