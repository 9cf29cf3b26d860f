import type { CellState, ConfigurationMode, JobState, StepState } from '../../core/model/job.ts';
import type { FaultKind } from '../../core/model/node.ts';
import { NODE_TYPE_WORDS } from '../../core/model/nodeTypeWords.ts';
import { JOB_STATE_WORDS, STATE_WORDS } from '../../core/model/stateWords.ts';
import type { PortRow } from '../../core/model/ports.ts';
import type { TransferView } from '../../electron/contract/bridge.ts';
import { compareTexts, filterTexts } from './enHistory.ts';
import { consoleTexts } from './enConsole.ts';
import { inventoryTexts } from './enInventory.ts';
import { keyboardTexts } from './enKeyboard.ts';
import { operationTexts } from './enOperation.ts';
import { pathTestTexts } from './enPathTest.ts';
import { settingsTexts } from './enSettings.ts';
import { startTexts } from './enStart.ts';
import { logTexts } from './enLogs.ts';
import { nodeFilterTexts, tableTexts } from './enTables.ts';
import { secretTexts, wayTexts } from './enWays.ts';
import { plural, separated } from './plural.ts';

const states: Readonly<Record<CellState | StepState, string>> = STATE_WORDS;

const jobStates: Readonly<Record<JobState, string>> = JOB_STATE_WORDS;

const pathNames: Readonly<Record<string, string>> = {
  'single-port': 'Single port',
  'hand-off': 'Hand-off',
  websocket: 'WebSocket',
  ssh: 'SSH',
  direct: 'Direct',
};

const transferStates: Readonly<Record<TransferView['state'], string>> = {
  waiting: 'waiting',
  hashing: 'reading',
  sending: 'sending',
  paused: 'paused',
  'line-lost': 'line lost, goes on by itself',
  confirming: 'confirming',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

const portRoles: Readonly<Record<PortRow['role'], string>> = {
  negotiation: 'portmgmt, negotiation',
  watch: 'portmgmt, watch',
  gui: 'GUI port',
  service: 'Job and File service',
  chat: 'Job Chat',
  web: 'web server',
  outside: 'outside the range',
};

const portStates: Readonly<Record<PortRow['state'], string>> = {
  listening: 'listening',
  free: 'free',
  offered: 'leased, offered',
  attached: 'leased, attached',
  detached: 'leased, detached',
  'never-offered': 'never offered',
  off: 'off',
};

const faultKinds: Readonly<Record<FaultKind, string>> = {
  fail: 'fails',
  hang: 'hangs',
  unreachable: 'is unreachable',
  'power-loss': 'loses power',
  'pre-script': 'a %pre script fails',
  'post-script': 'a %post script fails',
  'disk-full': 'the disk is full',
  slow: 'is slow',
  stuck: 'works on and hears no stop',
  reboot: 'boots anew in the middle',
  'clock-off': 'has a clock that is a day ahead',
  'slow-answers': 'answers slowly',
  'long-log': 'writes a log of 50 MB',
};

const modes: Readonly<Record<ConfigurationMode, string>> = { typical: 'Typical', custom: 'Custom' };

/** Every word of the windows, in English. */
export const en = {
  states,
  jobStates,
  nodeTypes: NODE_TYPE_WORDS,
  pathNames,
  transferStates,
  portRoles,
  portStates,
  faultKinds,
  modes,
  operation: operationTexts,
  inventory: inventoryTexts,
  tables: tableTexts,
  logs: logTexts,
  keyboard: keyboardTexts,
  settings: settingsTexts,
  pathTest: pathTestTexts,
  ways: wayTexts,
  secret: secretTexts,

  common: {
    nodes: (count: number) => plural(count, 'node', 'nodes'),
    packages: (count: number) => plural(count, 'package', 'packages'),
    sideWidth: 'Width of what stands at the right',
    close: 'Close',
    kept: 'As you left it; nothing of it is saved.',
    beginAnew: 'Begin anew',
    goBack: 'Go back',
    help: 'Help',
    reading: 'Reading…',
    notRead: 'Not read: there is no line to the master node.',
    none: 'none',
    and: (count: number) => `and ${separated(count)} more`,
    rawText: 'Raw text',
    whatNext: 'Next step',
    dismiss: 'Dismiss',
    skipToMain: 'Skip to the main part',
  },

  shell: {
    views: 'Views',
    oneRuns: (title: string, percent: number | undefined) =>
      percent === undefined ? `${title} runs` : `${title} ${percent} %`,
    manyRun: (count: number) => `${separated(count)} jobs run`,
    running: (heard: string | undefined, lost: boolean) =>
      [heard, lost && 'line lost'].filter((part) => part !== undefined && part !== false).join(' – '),
    windowTitle: (needed: number, running: string, system: string | undefined) =>
      [needed > 0 ? `(${needed}) ${needed === 1 ? 'needs' : 'need'} you` : '', running, system ?? '', 'PUT Desktop']
        .filter((part) => part !== '')
        .join(' – '),
    systems: 'Systems',
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    tabs: { operations: 'Operations', nodes: 'Nodes', packages: 'Packages and transfers', ports: 'Ports' },
    signOut: 'Sign out',
    signOutTitle: (name: string) => `Sign out of ${name}?`,
    signOutText: (jobs: readonly string[]) =>
      `${jobs.join(', ')}: under way. Signing out stops nothing: what runs comes to its end at the master node, and where a person is asked it waits for one.`,
    signedInAs: (user: string, role: string) => `${user}, ${role}`,
    changePassword: 'Change your password…',
    password: {
      title: (user: string) => `Password of ${user}`,
      present: 'Present password',
      next: 'New password, at least 8 signs',
      again: 'New password again',
      differ: 'The two new passwords are not the same.',
      note: 'This session goes on; other sessions of this account end.',
      change: 'Change it',
    },
    opening: 'Reading the picture…',
    connection: 'Connection',
    viewFailed: 'Show the view again; jobs do not need it. If it comes back, save the raw text and report it.',
    showAgain: 'Show the view again',
  },

  connection: {
    online: 'Online',
    slow: 'Online, slow',
    smallPackets: 'small packets: large ones are lost on the way',
    connecting: (path: string, attempt: number) => `Connecting · ${path} · try ${attempt}`,
    lost: (since: string) => `Line lost ${since} ago`,
    nextTry: (seconds: number) => `next try in ${seconds} s`,
    trying: 'trying now',
    failed: 'Cannot connect',
    ended: 'Session ended',
    takenOver: 'Goes on elsewhere',
    signedOut: 'Signed out',
    retryNow: 'Retry now',
    pictureAge: (age: string) => `picture is ${age} old`,
    offlineTitle: {
      refused: 'putservices does not answer: nothing listens at its port. A job there may be standing still.',
      silent:
        'Nothing is heard from the master node: the line may be down. Jobs do not need the line; how they are is not known.',
      otherCertificate: 'Something answers with another certificate than the accepted one. How jobs are is not known.',
      stranger: 'Something else answers in place of the master node. How jobs are is not known.',
    },
    compare: 'Compare the certificates…',
    shownBy: (origin: string) => ` The certificate shown is ${origin}.`,
    untoldTitle: (parts: string) => `The master node cannot tell the state of: ${parts}. What you see of it is old.`,
    topic: (name: string) => (name.startsWith('job:') ? 'the job' : name),
    pictureIs: (age: string) => `What you see is ${age} old`,
    offlineDetail: (picture: string) => `${picture}. Nothing that was sent is lost.`,
    port: (port: number) => `port ${port}`,
  },

  systems: {
    title: 'Systems',
    switcher: {
      title: 'Systems and what goes on there',
      all: 'All systems…',
      label: (name: string, elsewhere: number, away: number) =>
        [
          `System ${name}`,
          elsewhere > 0 ? `elsewhere ${plural(elsewhere, 'job needs', 'jobs need')} you` : '',
          away > 0 ? `elsewhere ${plural(away, 'system is', 'systems are')} out of reach` : '',
        ]
          .filter((part) => part !== '')
          .join(', '),
      away: (count: number) => `${plural(count, 'other system is', 'other systems are')} out of reach`,
      elsewhere: (count: number) => `${plural(count, 'other job needs', 'other jobs need')} you`,
      needYou: (count: number) => `${plural(count, 'job needs', 'jobs need')} you`,
      jobState: (state: string, percent: number | undefined) =>
        percent === undefined ? state : `${state} · ${percent} % of the nodes`,
    },
    subtitle: 'Target systems saved on this client system, without their passwords.',
    practiceTitle: 'Practice system',
    practiceText:
      'putservices with simulated nodes on this machine, with faults on request. Nothing outside of this machine is touched.',
    startPractice: 'Start the practice system',
    practiceStarting: 'Starting the practice system…',
    practiceUp: 'The practice system is up.',
    stopPractice: 'Stop the practice system',
    stopPracticeTitle: 'Stop the practice system?',
    stopPracticeText: (jobs: readonly string[]) =>
      `${jobs.join(', ')}: under way there. It stands still until the practice system is started again; then its nodes are looked at, and it goes on from what is found.`,
    savedTitle: 'Saved systems',
    empty: 'No system is saved yet. Add one, or start the practice system.',
    add: 'Add a system…',
    addTitle: 'Add a system',
    edit: 'Edit…',
    editTitle: (name: string) => `Edit ${name}`,
    remove: 'Remove…',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText:
      'The entry and its accepted certificate are taken off this client system. The target system and its jobs are not touched.',
    removeJobs: (jobs: readonly string[]) =>
      `${jobs.join(', ')}: under way there. It is not stopped; to see it again, the system is added and signed in to anew.`,
    removeConfirm: 'Remove the entry',
    unusable: (name: string) => `${name}: saved, but not usable`,
    open: 'Open',
    signIn: 'Sign in',
    save: 'Save',
    columns: {
      name: 'System',
      address: 'Master node',
      paths: 'Ways, in this order',
      state: 'State',
      lastUsed: 'Last used',
      actions: 'Actions',
    },
    never: 'never',
    practiceMark: 'practice',
    form: {
      name: 'Name',
      host: 'Host name or address of the master node',
      ccPort: 'CCPORT',
      sslPort: 'SSLPORT',
      servicePort: 'SERVICEPORT',
      chatPort: 'CHATPORT',
    },
  },

  signIn: {
    takenOver: (client: string) =>
      `Your session goes on at ${client}. Nothing was lost: jobs go on, and uploads go on where they stopped. Sign in to work here.`,
    anotherClient: 'another client system',
    title: (name: string) => `Sign in to ${name}`,
    user: 'User',
    password: 'Password',
    passwordKept: 'May stay empty where it was kept in the keyring.',
    remember: 'Keep the password in the keyring of this machine',
    noKeyring: 'This machine offers no keyring, so the password is not kept.',
    signIn: 'Sign in',
    signingIn: 'Signing in…',
    waysTitle: 'Ways that were tried',
    firstTitle: (name: string) => `First contact with ${name}`,
    firstText:
      'This client system has not met the certificate of the master node before. No password was sent. Compare every pair with what “putservices certificate” prints on the master node, as putservices does at its start, or ask the site to read it to you.',
    fingerprint: 'Fingerprint shown by the master node (SHA-256)',
    firstAccept: 'It is the same: accept',
    changedTitle: (name: string) => `${name} shows another certificate`,
    changedText:
      'The connection was refused and no password was sent. Either the certificate was renewed with a new key, or something else answers in place of the master node: another machine, or the sign-in page of a network. Ask the site before you accept.',
    pinned: 'Accepted before',
    shown: 'Shown now',
    differing: (pairs: readonly number[]) =>
      `${pairs.length} of 32 pairs differ (${pairs.join(', ')}); they are underlined.`,
    confirmChanged: 'The site confirmed the change, and the fingerprint shown now is the right one.',
    changedAccept: 'Accept the new certificate',
    notNow: 'Not now',
    outcomes: { works: 'works', failed: 'failed', 'not-tried': 'not tried' },
  },

  operations: {
    title: 'Operations',
    startTitle: 'Start an operation',
    startOff: (jobNumber: number) =>
      `Off while job ${jobNumber} runs: one operation at a time. Continue it, or wait for its end.`,
    startOffRole: 'Off: an observer may watch but not start operations.',
    startOffOffline: 'Off while the line is lost.',
    continue: 'Continue',
    runningTitle: 'Running',
    historyTitle: 'History',
    unreadable: 'unreadable',
    start: startTexts,
    noHistory: 'No operation has ended on this system yet.',
    open: (jobNumber: number) => `Open job ${jobNumber}`,
    openOne: 'Open',
    filter: filterTexts,
    compare: compareTexts,
    columns: {
      job: 'Job',
      operation: 'Operation',
      state: 'State',
      step: 'Last step',
      nodes: 'Nodes',
      driver: 'Driver',
      started: 'Started',
      took: 'Took',
    },
    waitsUntil: (at: string) => `waits until ${at}`,
    startedBy: (user: string, when: string) => `started by ${user}, ${when}`,
  },

  nodes: {
    title: 'Nodes',
    refresh: 'Read all now',
    startServices: 'Start services…',
    noServiceDown: (allSeen: boolean) => (allSeen ? 'No service is down' : 'No service is known to be down'),
    servicesNotUp: (notUp: string) => `As last seen, ${notUp}.`,
    startServicesTitle: 'Start the services?',
    startServicesText: (notUp: string) =>
      `As last seen, ${notUp}. The service is started there. Nodes that a running operation works on are refused.`,
    startServicesConfirm: 'Start',
    servicesStarted: (count: number) =>
      count === 1 ? 'The service of 1 node was started.' : `The services of ${separated(count)} nodes were started.`,
    serviceNotStarted: (nodeId: string, message: string, code: string) => `${nodeId}: ${message} (${code})`,
    servicesUnfinished: (names: string) => `Not over yet: ${names}. It goes on at the master node.`,
    reset: 'Reset the practice nodes…',
    resetTitle: 'Reset the practice nodes?',
    resetText: 'All nodes go back to the packages of a fresh practice system, and faults that wait are forgotten.',
    resetConfirm: 'Reset',
    columns: {
      node: 'Node',
      address: 'Address',
      type: 'Type',
      clique: 'Clique',
      system: 'System',
      reachable: 'Reachable',
      os: 'Operating system',
      service: 'Service',
      packages: 'Packages',
      faults: 'Faults to come',
      seen: 'Read',
    },
    packageColumns: { name: 'Package', version: 'Version', arch: 'Arch' },
    reachable: { yes: 'yes', no: 'not reached', unknown: 'not asked yet' },
    filter: nodeFilterTexts,
    service: { up: 'up', down: 'down', unknown: 'unknown', none: 'none' },
    fault: 'Fault…',
    faultTitle: (nodeId: string) => `Fault on ${nodeId}`,
    faultText: 'The practice node has this trouble when the step reaches it.',
    faultStep: 'At step',
    faultKind: 'What happens: the node',
    faultTimes: 'How often (0 takes it back)',
    faultSet: 'Set the fault',
    showPackages: (nodeId: string) => `Facts and packages of ${nodeId}`,
    empty: 'The master node has not named any nodes yet.',
  },

  console: consoleTexts,

  transfers: {
    title: 'Packages and transfers',
    uploadTitle: 'Upload to the package library',
    choose: 'Choose files…',
    samples: 'Sample packages',
    inspectTitle: 'Chosen files',
    columns: { file: 'File', package: 'Package', arch: 'Arch', size: 'Size', check: 'Check' },
    readable: 'complete package, digests agree',
    certList: 'cert list',
    broken: 'cannot be used',
    upload: (count: number) => `Upload ${plural(count, 'file', 'files')}`,
    leaveOut: 'Files with an error are left out.',
    discard: 'Clear the choice',
    transfersTitle: 'Transfers',
    stateColumn: 'State',
    progressColumn: 'Progress',
    rateColumn: 'Speed',
    restColumn: 'Rest',
    causeColumn: 'Why',
    nextStep: 'Next step',
    uploadedAt: 'Uploaded',
    summary: 'Summary',
    none: 'No transfer yet.',
    pause: 'Pause',
    resume: 'Resume',
    again: 'Try again',
    cancel: 'Stop',
    clear: 'Clear ended transfers',
    pauseAll: 'Pause all',
    resumeAll: 'Resume all',
    queue: {
      sending: (count: number) => `${separated(count)} under way`,
      waiting: (count: number) => `${separated(count)} waiting`,
      paused: (count: number) => `${separated(count)} paused`,
      left: (bytes: string) => `${bytes} left`,
      rest: (age: string) => `about ${age}`,
    },
    cap: {
      label: 'At most',
      unit: 'kB/s',
      hint: (rate: string | undefined) => (rate === undefined ? 'Empty: what the line carries.' : `Files get ${rate}.`),
      wrong: 'A number of kB a second, 1 or more; empty: no cap.',
    },
    rest: (text: string) => `${text} left`,
    libraryTitle: 'Package library on the master node',
    libraryFree: (text: string) => `${text} free`,
    unusableTitle: 'Files of the library that cannot be used',
    unusableText: 'They take nothing from the others. Remove them, or put the right file in their place.',
    reason: 'Reason',
    libraryEmpty: (samples: boolean) =>
      `The library has no package yet. Upload packages${samples ? ', or take the sample packages' : ''}.`,
    certListsTitle: 'Cert lists',
    release: 'Release',
    entries: 'Packages',
    missing: 'Missing in the library',
    complete: 'complete',
    signed: 'signed',
    unsigned: 'no signature',
    by: 'Uploaded by',
    version: 'Version',
    signature: 'Signature',
    remove: 'Remove…',
    removeTitle: (name: string) => `Remove ${name} from the library?`,
    removeText: 'Nodes keep what is installed. A plan that needs the file cannot be made any more.',
    removeConfirm: 'Remove the file',
    folderTitle: 'Choose files',
    folderUp: 'Folder above',
    folderChoose: (count: number) => `Choose ${plural(count, 'file', 'files')}`,
    folderEmpty: 'No folder, package or cert list here.',
    folderNothing: 'Tick one or more packages or cert lists.',
  },

  ports: {
    title: (name: string) => `Ports of ${name}`,
    youUse: (port: number, path: string) =>
      `You use one: ${port}, ${path}. Nothing here can be used up by connecting and cancelling.`,
    master: (host: string) => `Master node ${host}`,
    waysTitle: 'Ways to this target from here',
    noWays: 'No way was tried yet.',
    ago: (age: string) => `${age} ago`,
    sideNames: { job: 'Jobs', file: 'Files', chat: 'Job Chat' },
    sideStates: {
      connecting: 'is being connected',
      up: 'on its own connection',
      blocked: 'over the GUI port',
    },
    firewallTitle: 'For the firewall team',
    firewallText: (host: string, port: number) =>
      `Please allow TCP from this client system to ${host} port ${port}\n(PUT Desktop, TLS 1.2 or newer, one long-lived connection).\nNo other port is needed.`,
    copy: 'Copy',
    copied: 'Copied',
    sessionsTitle: 'Sessions',
    noSessions: 'No session.',
    release: 'Release',
    releaseTitle: (port: number) => `Release port ${port}?`,
    releaseText: (user: string) =>
      `The detached lease of ${user} ends now. The session goes on by single port when it comes back.`,
    connections: (count: number) => plural(count, 'connection', 'connections'),
    endsIn: (text: string) => `ends in ${text}`,
    columns: { user: 'User', client: 'Client system', path: 'Way', port: 'Port', state: 'State', since: 'Since' },
    ladder: { port: 'Port', state: 'State', who: 'Held by', since: 'Since' },
    thisSession: 'this session',
    lostAt: (time: string) => `line lost ${time}`,
    takeOver: 'Take over',
    takeOverFrom: (client: string) => `Take over from ${client}`,
    leaveIt: 'Leave it',
    otherOnline: (client: string, time: string) => `You are also signed in on ${client}, since ${time}.`,
    otherLost: (client: string, time: string, until: string) =>
      `Your session on ${client} lost its line at ${time} and is kept until ${until}.`,
    takeOverMeans: 'Taking it over ends it there. Jobs, and what you drive, stay yours.',
    endSession: 'End',
    endSessionOf: (user: string, client: string) => `End the session of ${user} on ${client}`,
    endTitle: (user: string) => `End the session of ${user}?`,
    endText: (client: string) => `${client} is signed out at once and told who did it. Jobs go on.`,
    sessionStates: { online: 'online', detached: 'line lost' },
    sessionKept: 'kept to sign in by',
    outside: 'never offered',
    releaseOff: 'Only an admin can release a lease, and only a detached one.',
  },

  chat: {
    title: 'Timeline',
    say: 'Write to everyone on this job',
    send: 'Send',
    sendOff: 'Off while the line is lost.',
    older: 'Show what came before',
    empty: 'Nothing was said or done yet.',
    you: 'you',
  },
};

export type Texts = typeof en;
/** The dictionary in use. */
export const t: Texts = en;
