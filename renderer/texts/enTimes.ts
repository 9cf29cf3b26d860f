/** What the window says of when an operation may begin, and when it ends. */
export const timeTexts = {
  age: {
    unknown: 'unknown',
    unknownTime: 'an unknown time',
    asItWas: (at: string) => `Older than the rest: as it was at ${at}, when it was last shown.`,
    setBack: (sentence: string) => `${sentence}: the clock was set back`,
  },

  end: {
    ends: 'Ends',
    left: 'Left',
    waits: 'Waits for',
    between: (from: string, to: string) => (from === to ? `about ${from}` : `${from} to ${to}`),
    range: (low: string, high: string) => (low === high ? `about ${low}` : `${low} to ${high}`),
    soon: 'less than a second',
    unheard: 'not known: nothing is heard',
    unknown: (steps: string) => `not known: ${steps} never ran here`,
    why: 'From how long the steps took in operations before on this system, and in this one.',
  },

  runWindow: {
    early: (step: string, at: string, left: string) =>
      `${step} waits until ${at}, ${left} from now, and goes on by itself.`,
    until: (at: string) => `It is to begin until ${at}.`,
    late: (step: string, at: string) =>
      `${step} was to begin until ${at}, which is over. Begin all the same, give it another time, or exit with Cancel.`,
    beginNow: 'Begin now',
    change: 'Change the time…',
    changeTitle: 'Change when it begins?',
    changeText:
      'It counts for what has not begun; the time before and your reason stay in the timeline and the report.',
    approvedAnew: 'What another person approves has this time in it: it is asked for anew.',
    changeConfirm: 'Change the time',
    notBefore: 'Not before',
    notAfter: 'Not after',
    emptied: 'Emptied: there is no such time.',
    endsBefore: 'Not after has to be later than not before.',
    isOver: 'Not after is over already.',
    asItIs: 'These are the times that hold now.',
    title: 'Begins',
    between: (from: string, until: string) => `not before ${from}; not after ${until}`,
    from: (at: string) => `not before ${at}`,
    untilOnly: (at: string) => `not after ${at}`,
    atMaster: (here: string, there: string, zone: string) => `${here}; ${there} at the master (${zone})`,
    byClockOf: (help: string, zone: string) => `${help} By the clock of ${zone}.`.trim(),
  },
};
