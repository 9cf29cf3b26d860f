import { separated } from './plural.ts';

/** Words of pages that a browser shows: signing in at the system itself, files chosen in the page, downloads. */
export const consoleTexts = {
  signInTitle: (systemName: string) => `Sign in to ${systemName}`,
  signInText:
    'An account of this system. The session ends when you sign out, or some time after its last window was closed; jobs go on.',
  practice: 'Practice system: its nodes are simulated.',
  ended: 'The session before has ended.',
  inDownloads: (name: string) => `${name}, in the downloads of this browser`,
  dropHere:
    'Drop packages and cert lists here, or choose them. They are read in this page and sent in parts; nothing of the master node is listed.',
  dropOnWindow:
    'Drop packages and cert lists anywhere on the window, or choose them. They are read before a byte is sent.',
  dropNow: 'Drop to read the files',
  chooseHere: 'Choose files…',
  onMachine: 'Files of the machine that runs putctl…',
  reading: 'Reading the files…',
  libraryFiles: 'Packages and cert lists',
  kept: (count: number) =>
    `The page was loaded anew. This browser still has ${count === 1 ? 'the file of an upload' : `the files of ${separated(count)} uploads`} that did not end, and gives ${count === 1 ? 'it' : 'them'} when you say so.`,
  goOnWithKept: 'Go on with them',
  carrierLost:
    'This page lost putctl console on this machine. While that runs the page comes back by itself; where it has ended, start it again and use its new page. What you see is old; jobs at the master node do not need it.',
  /** In place of a line's state, where nothing is heard of it. */
  lineUnknown: 'Not known: putctl console is not heard',
  notRead: 'Not read: putctl console is not heard.',
  /** A page hears only that it has no line, not that its browser refuses the certificate. */
  browserHidesWhy:
    'If it stays so: the master node may have another certificate now. A browser asks about it when you load this page anew; what you began is kept.',
};
