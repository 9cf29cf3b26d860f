/** Words of finding and comparing operations that are over. */
export const filterTexts = {
  label: 'Find operations',
  find: 'Find in number, operation, step, people',
  who: 'Started or driven by',
  anyState: 'Any state',
  anyOperation: 'Any operation',
  anybody: 'Anybody',
  anyTime: 'Any time',
  days: (days: number) => (days === 1 ? 'Last 24 hours' : `Last ${days} days`),
  nothing: 'No operation is like this.',
};

export const compareTexts = {
  button: 'Compare',
  how: 'Mark two with Ctrl to compare them.',
  title: 'Two runs compared',
  back: 'Back to the operations',
  runs: 'The runs',
  steps: 'Steps',
  step: 'Step',
  picture: 'When, each from its beginning',
  state: (job: string) => `State, ${job}`,
  tookOf: (job: string) => `Took, ${job}`,
  took: (time: string) => `took ${time}`,
  difference: 'Difference',
  done: (job: string) => `Done, ${job}`,
  trouble: (job: string) => `Not through, ${job}`,
  attempts: (job: string) => `Attempts, ${job}`,
  // What a person did about nodes stands in the report of each run.
  answers: 'Settings and answers',
  yes: 'yes',
  no: 'no',
  versions: 'Planned versions',
  differing: (differing: number, all: number) =>
    all === 0 ? '' : differing === 0 ? 'all the same' : `${differing} of ${all} differ`,
  what: 'What',
  same: 'Same',
  differs: 'differs',
  equal: 'same',
  none: 'none',
  noAnswers: 'Nothing was answered in either run.',
  noVersions: 'Neither run has an accepted plan.',
};
