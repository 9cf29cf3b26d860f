import type { WrittenOperation } from '../operationSpec.ts';

/** The last step of every operation that is built in. */
export const FINISHED_STEP: WrittenOperation['phases'][number]['steps'][number] = {
  id: 'finished',
  title: 'Finished!',
  help: 'Writes the report.',
  use: 'report',
  policy: { readOnly: true, irreversible: true },
};
