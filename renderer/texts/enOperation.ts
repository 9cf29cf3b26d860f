import type { GroupName } from '../../core/model/groupName.ts';

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Words of the operation view: header, steps, nodes, packages, dialogs. */
export const operationTexts = {
  toc: 'Table of contents',
  job: (jobNumber: number) => `job ${jobNumber}`,
  driving: 'Driving',
  you: 'you',
  elapsed: 'Elapsed',
  took: 'Took',
  opening: 'Reading the job…',
  openFailed: 'The job could not be read.',
  attempt: (attempt: number) => `attempt ${attempt}`,
  startedAt: (time: string) => `started ${time}`,
  notCurrent: 'You look at a step that is not the current one.',
  followAgain: 'Show the current step',

  answersBy: (user: string) => `The operation was started with answers (${user}).`,
  answerStopped: (title: string, why: string) => `The given answer for ${title} cannot be used: ${why}`,
  answerStoppedNext: 'Answer here with Next; or mend the cause and let the given answers go on.',
  answersHeld: 'They are held up since a person went back or began an answer anew: you answer.',
  answersGoOn: 'Let the answers go on',

  back: 'Back',
  next: 'Next',
  cancel: 'Cancel…',
  finish: 'Close',
  nextOn: 'Next goes on to the following step.',
  nextStarts: 'Next starts the work on the nodes. The steps up to here changed nothing.',
  nextAnswering: 'Waiting for the master node.',
  backOff: {
    first: 'Back is off: this is the first step.',
    working: 'Back is off while the step is at work.',
    begun: 'Back is off: the work on the nodes has begun.',
  },
  nextOff: {
    offline: 'Next is off while the line is lost. The job itself goes on.',
    notDriver: (driver: string) => `Next is off: ${driver} drives this job.`,
    observer: 'Next is off: an observer may watch but not decide.',
    over: 'The operation has ended.',
    working: 'Next is off: the step is at work and goes on by itself when every node is done.',
    because: (why: string) => `Next is off: ${why}${/[.!?]$/.test(why) ? '' : '.'}`,
    checking: 'Next is off while the selection is checked.',
    unknownStep: 'Next is off: this step needs a newer PUT Desktop.',
  },

  form: {
    legend: 'What this step asks',
    none: 'none',
    choose: 'choose…',
    optional: '(may be left out)',
    duration: 'A time such as 90 s, 10 min or 2 h.',
    list: 'One a line.',
    json: 'As JSON.',
    bounds: (least: number | undefined, most: number | undefined) =>
      least !== undefined && most !== undefined
        ? `From ${least} to ${most}.`
        : least !== undefined
          ? `At least ${least}.`
          : most !== undefined
            ? `At most ${most}.`
            : '',
  },
  unknownStep: (title: string) =>
    `The system asks something at ${title} that this version of PUT Desktop does not know. Nothing was lost: answer it with a newer version, or end the operation with Cancel.`,
  settings: 'Settings',
  pause: 'Pause',
  resume: 'Resume',
  paused: (user: string, reason: string) =>
    `Paused by ${user}: ${reason}. What runs comes to its end; no further node is begun.`,

  approval: {
    waits: (notBy: string) =>
      `Waits for approval by another person than ${notBy}: before it nothing is done that cannot be taken back.`,
    asked: (notBy: string) =>
      `To be approved by another person than ${notBy}, before the first step that cannot be taken back.`,
    before: (user: string) => `${user} approved another plan before. Since then:`,
    approved: (user: string, at: string, planFile: boolean) =>
      planFile ? `The plan file was approved by ${user}, ${at}.` : `Approved by ${user}, ${at}.`,
    show: 'Show what is to be approved',
    approve: 'Approve',
    withdraw: 'Take the approval back',
  },

  end: {
    ends: 'Ends',
    left: 'Left',
    between: (from: string, to: string) => (from === to ? `about ${from}` : `${from} to ${to}`),
    range: (low: string, high: string) => (low === high ? `about ${low}` : `${low} to ${high}`),
    unknown: (steps: string) => `not known: ${steps} never ran here`,
    why: 'From how long the steps took in operations before on this system, and in this one.',
  },

  goingBack: {
    left: (nodes: number, at: string, left: string) =>
      `${nodes === 1 ? '1 node goes' : `${nodes} nodes go`} back by ${nodes === 1 ? 'itself' : 'themselves'} unless confirmed, the first one at ${at}: ${left} left.`,
    due: (nodes: number, at: string) =>
      `${nodes === 1 ? '1 node was' : `${nodes} nodes were`} not known to be confirmed by ${at}, when the first one was to go back. Validation tells what is on them.`,
    confirm: 'Confirm…',
    title: 'Confirm the nodes?',
    text: (nodes: number) =>
      `${nodes === 1 ? 'The node keeps' : `All ${nodes} nodes keep`} the versions of now, and ${nodes === 1 ? 'does' : 'do'} not go back by themselves any more. One that went back meanwhile is told.`,
    sure: 'Confirm',
  },

  runWindow: {
    early: (step: string, at: string, left: string) =>
      `${step} waits until ${at}, ${left} from now, and goes on by itself.`,
    until: (at: string) => `It is to begin until ${at}.`,
    late: (step: string, at: string) =>
      `${step} was to begin until ${at}, which is over. Begin all the same, or exit with Cancel and start it anew with another time.`,
    beginNow: 'Begin now',
  },

  takeBaton: 'Take the baton…',
  batonTitle: 'Take the baton?',
  batonText: (driver: string) =>
    `${driver} drives this job. When you take the baton, ${driver} is told, with your reason.`,
  batonConfirm: 'Take the baton',

  cancelTitle: 'Cancel',
  cancelText: 'What should happen?',
  cancelBack: 'Go back to the operation',
  cancelBackText: 'Nothing changes.',
  cancelRestart: 'Restart current step',
  cancelRestartText: (step: string) =>
    `${step} starts anew. Nodes that are done are probed first, so nothing is done twice.`,
  cancelExitStart: 'Exit and start the services',
  cancelExitStartText: (notUp: string) =>
    `As last seen, ${notUp}. The service is started there, then the operation ends.`,
  cancelExitLeave: 'Exit and leave the services',
  cancelExitLeaveText: (notUp: string) => `It stays as it is: ${notUp}.`,
  cancelExit: 'Exit the operation',
  cancelExitText: (past: boolean) =>
    past
      ? 'The operation ends here. Work has been done on nodes: they stay as they are now, and the report lists them.'
      : 'The operation ends here. No node has been changed.',

  waves: 'Waves',
  wavesDone: (done: number, of: number) => `${done} of ${of} done`,

  rollback: {
    button: 'Roll back…',
    node: 'Roll back node…',
    title: 'Roll back every changed node?',
    titleNode: (nodes: string) => `Roll back ${nodes}?`,
    text: 'Every node that was changed goes back to what was on it before; then the operation ends.',
    textNode:
      'The node goes back to what was on it before and takes part no more. The others wait meanwhile and go on.',
    textWave:
      'The nodes of the wave that were changed go back to what was on them before and take part no more. The others wait meanwhile and go on.',
    wave: (wave: number) => `wave ${wave}`,
    waveButton: (wave: number) => `Roll back wave ${wave}…`,
    confirm: 'Roll back',
    notKnown: 'What the nodes would go back to could not be read, so nothing is begun.',
    nobody: 'Nothing was changed on these nodes.',
    looking: 'Looking what the nodes go back to…',
    more: (count: number) => `and ${count} more`,
    nothing: 'No package goes back; the service is started.',
    backTo: (version: string) => `goes back to ${version}`,
    erased: 'is erased; it was not there before',
    noWayBack: 'no way back: the library has no file of it',
    underWay: (rollback: { user: string; reason: string; nodes: number; goesOn: boolean }) =>
      `${plural(rollback.nodes, 'node goes', 'nodes go')} back, as ${rollback.user} asked: ${rollback.reason}. ${
        rollback.goesOn ? 'The others wait and go on afterwards.' : 'Then the operation ends.'
      }`,
  },

  reasonLabel: 'Reason',
  reasonHint: 'Everyone on this job sees it; it stays in the report.',
  ignoreTitle: (count: number) => `Ignore ${plural(count, 'node', 'nodes')}?`,
  ignoreText: 'The operation goes on without these nodes at this step. They count as ignored, not as done.',
  ignoreConfirm: 'Ignore',
  ignore: 'Ignore…',
  giveUp: 'Give up on this node…',
  giveUpTitle: (nodeId: string) => `Give up on ${nodeId}?`,
  giveUpText:
    'Its work is told to stop; the others go on. Where that is confirmed the node is unknown, and can be retried or ignored. Otherwise it stays busy, and nothing is begun beside the work.',
  giveUpConfirm: 'Give up',
  silentWork: 'Its work runs and tells nothing.',
  moreSilent: (count: number) => `${plural(count, 'more node is', 'more nodes are')} silent.`,
  undoIgnore: 'Undo Ignore',
  retry: 'Retry',
  retryCount: (count: number) => (count === 1 ? 'Retry' : `Retry ${count}`),
  retryNode: 'Retry node',
  needReason: 'Give a reason.',

  needsYou: 'Needs you',
  inAll: 'in all',
  progress: (done: number, total: number) => `${done} of ${total} nodes done`,
  countsLabel: 'Nodes by state',
  showAll: 'Show all',
  viewLabel: 'View',
  views: { map: 'Map', table: 'Table', packages: 'Packages', waves: 'Waves', timeline: 'Timeline' },
  groupLabel: 'Group by',
  groupings: { clique: 'Clique', type: 'Type', system: 'System', wave: 'Wave', state: 'State' },
  shown: (shown: string, total: string) => (shown === total ? `${total} shown` : `${shown} of ${total} shown`),
  find: 'Find a node, state or text',
  noMatch: 'No node matches the filter.',
  clique: (clique: GroupName) => `Clique ${clique}`,
  noClique: 'Without clique',
  wave: (wave: number) => `Wave ${wave}`,
  noWave: 'Without waves',
  system: (system: GroupName) => `System ${system}`,
  groupCount: (count: number, types: string) => `${plural(count, 'node', 'nodes')}${types ? ` · ${types}` : ''}`,
  mapSummary: (parts: string) => `Nodes: ${parts}. Arrow keys move, Enter opens a node.`,
  cellLabel: (nodeId: string, state: string, percent: number | undefined, cause: string | undefined) =>
    `${nodeId}, ${state}${percent === undefined ? '' : ` ${percent} %`}${cause === undefined ? '' : `, ${cause}`}`,
  columns: {
    state: 'State',
    node: 'Node',
    type: 'Type',
    clique: 'Clique',
    attempt: 'Attempt',
    progress: 'Progress',
    time: 'Time',
    what: 'What happened',
    system: 'System',
    wave: 'Wave',
    address: 'Address',
    ended: 'Ended',
    seconds: 'Seconds',
  },
  marked: {
    count: (count: string) => `${count} marked`,
    hidden: (count: string) => `${count} marked are not shown and are left alone`,
    none: 'Mark none',
    group: 'With the marked nodes',
    open: (nodeId: string) => `Open ${nodeId}`,
    retry: (count: number) => `Retry ${count}`,
    ignore: (count: number) => `Ignore ${count}…`,
    giveUp: (count: number) => `Give up on ${count}…`,
    giveUpTitle: (names: readonly string[]) =>
      names.length === 1 ? `Give up on ${names[0]}?` : `Give up on ${names.length} nodes?`,
    copyNames: (count: number) => (count === 1 ? 'Copy the name' : `Copy ${count} names`),
  },
  hold: {
    button: 'Hold…',
    count: (count: number) => `Hold ${count}…`,
    releaseCount: (count: number) => `Release ${count}`,
    title: (names: readonly string[]) => (names.length === 1 ? `Hold ${names[0]}?` : `Hold ${names.length} nodes?`),
    text: 'What runs there comes to its end, nothing further is begun, and the others go on. Released, the nodes catch up what they missed, in order.',
    confirm: 'Hold',
    release: 'Release',
    releaseAll: 'Release all',
    banner: (held: number, first: readonly string[], later: number) =>
      [
        held > 0 ? `${plural(held, 'node is', 'nodes are')} held` : '',
        later > 0 ? `${plural(later, 'node is', 'nodes are')} to catch up` : '',
      ]
        .filter((part) => part !== '')
        .join(', ') + `: ${first.join(', ')}${held + later > first.length ? ' …' : ''}.`,
    catchingUp: (count: number) =>
      `${plural(count, 'node catches', 'nodes catch')} up what was missed; the others wait.`,
    waits: 'The job waits: release them, or Next goes on without them and they stay as they are.',
    state: { held: 'Held', 'catches-up': 'To catch up' },
    by: (user: string, reason: string) => `by ${user}: ${reason}`,
    since: (step: string) => `missed from ${step} on`,
    stays: (why: string) => `It cannot come back in this job: ${why}.`,
  },
  waveTable: {
    deeds: 'Decide',
    stopBefore: (wave: number) => `Stop before wave ${wave}`,
    stopHere: 'Stop before it',
    noStop: (wave: number) => `Do not stop before wave ${wave}`,
    noStopHere: 'Do not stop',
    stops: 'it stops here',
    rollbackHere: 'Roll back…',
    wave: 'Wave',
    title: 'Nodes of it',
    state: 'State',
    states: { waiting: 'waiting', running: 'running', done: 'done' },
    nodes: 'Nodes',
    leftOut: 'Left out',
    gate: 'Gate before it',
    waits: (reason: string | undefined) =>
      reason === undefined ? 'the job waits here' : `the job waits here: ${reason}`,
    none: 'The nodes are changed all at once: this job has no waves.',
  },
  timeline: {
    picture: (step: string) => `Nodes at ${step} over time; the table beneath has the times of every step`,
    steps: 'Steps with their times',
    none: 'No node has begun this step.',
    step: 'Step',
    started: 'Started',
    ended: 'Ended',
    took: 'Took',
    time: 'Time',
    endedNodes: 'ended',
    trouble: 'failed, unreachable or unknown',
  },
  stepNotOnNodes: 'This step does no work on nodes.',
  stepWaiting: 'This step has not begun.',
  stepSkipped: (note: string) => `Skipped: ${note}`,
  stepAnswered: 'Answered',

  packages: {
    title: 'Package results',
    none: 'The packages are known after Select Packages.',
    columns: {
      package: 'Package',
      version: 'Version',
      successful: 'Successful',
      fail: 'Fail',
      ignored: 'Ignored',
      running: 'Running',
      waiting: 'Waiting',
      nodes: 'Nodes',
      actions: 'Actions',
    },
    outcomes: {
      waiting: 'waiting',
      running: 'running',
      successful: 'successful',
      fail: 'failed',
      ignored: 'ignored',
      unchanged: 'unchanged',
    },
    expand: (name: string) => `Nodes of ${name}`,
  },

  drawer: {
    title: (nodeId: string) => `Node ${nodeId}`,
    close: 'Close the node',
    attempt: 'Attempt',
    beforePlan: 'Before → plan',
    foundNow: 'Found now',
    foundUnknown: 'not read yet',
    foundAsPlanned: 'every version as planned',
    wayBack: 'Way back',
    wayBackYes: 'yes, the versions before are kept in the spool area',
    wayBackNo: (names: string) => `none for ${names}`,
    reason: 'Reason given',
    notAttempted: 'not begun',
    keep: 'stays',
    newPackage: 'new',
    log: 'Log',
    logEmpty: 'No line yet.',
    logRange: (from: number, to: number, total: number) => `Lines ${from} to ${to} of ${total}`,
    earlier: 'Earlier lines',
    later: 'Later lines',
    newest: 'Newest lines',
    allSteps: 'All steps',
    nextStep: 'Next step',
    noPlan: 'no plan yet',
    noChanges: 'The plan changes nothing on this node.',
    tabs: { what: 'What happened', log: 'Log', versions: 'Versions', facts: 'Facts' },
    columns: { package: 'Package', before: 'Before', plan: 'Plan', found: 'Found', yes: 'yes' },
    moreVersions: (count: number) => `and ${count} more: see Versions`,
    logSearch: 'Search the log',
    logNoMatch: 'No line matches.',
    logFound: (found: number, searched: number, total: number) =>
      searched < total
        ? `${plural(found, 'line', 'lines')} of the newest ${searched} (${total} in all)`
        : `${plural(found, 'line', 'lines')} of ${total}`,
    follow: 'Follow',
    allAttempts: 'every attempt',
    attemptNumber: (attempt: number) => `attempt ${attempt}`,
  },

  screens: {
    modeTypical: 'Typical',
    modeTypicalText: 'The new versions become active by themselves after the install. Switch Versions is skipped.',
    modeCustom: 'Custom',
    modeCustomText: 'You choose in Switch Versions which of the installed versions becomes active.',

    selectAll: 'Select all',
    selectNone: 'Select none',
    selectType: (type: string) => `Select ${type}`,
    typesLabel: 'Select by type',
    selectedCount: (selected: number, total: number) => `${selected} of ${total} selected`,
    findNode: 'Find a node or address',
    hiddenSelected: (count: number) =>
      `${plural(count, 'selected node is', 'selected nodes are')} hidden by the search.`,
    tpaMissing: (count: number) =>
      `${plural(count, 'TPA or hot standby node is', 'TPA or hot standby nodes are')} not selected. All of them belong in an install.`,

    systemsFound: (systems: number) => `${plural(systems, 'system was', 'systems were')} found.`,
    systemHeading: (system: GroupName) => `System ${system}`,
    groupingKey: 'grouping key',
    modifyGroup: 'Modify Group…',
    modifyTitle: 'Modify Group',
    modifyText:
      'Change the type of a node where the inventory is wrong. The type decides which packages are recommended.',
    modifyDone: 'Done',
    changed: (count: number) => `${plural(count, 'type', 'types')} changed.`,
    was: (type: string) => `was ${type}`,

    certList: 'Cert list',
    certListText: 'The package set of a release; recommended and mandatory packages are ticked for you.',
    noCertList: 'Packages of the library without a cert list',
    noCertListText: (count: number) => `You choose from ${plural(count, 'package', 'packages')} yourself.`,
    certMissing: (names: string) => `Not in the library: ${names}. Upload them first, or go on without them.`,

    packageColumns: {
      select: 'Select',
      package: 'Package',
      now: 'On the nodes now',
      to: 'New version',
      arch: 'Arch',
      types: 'Node types',
      mark: 'Mark',
    },
    mandatory: 'mandatory',
    recommended: 'recommended',
    refused: 'refused',
    everyType: 'every type',
    selectRecommended: 'Recommended set',
    problems: 'Problems of the selection',
    noProblems: 'The selection is complete: nothing is missing and nothing conflicts.',
    addMissing: 'Add what is missing',
    addNamed: (name: string) => `Add ${name}`,
    onNodes: (version: string, nodes: number) => `${version} (${nodes})`,
    notInstalled: 'none',

    areaColumns: { path: 'File system', free: 'Least free on a node', needed: 'Needed', enough: 'Room' },
    enough: 'enough',
    notEnough: 'not enough',
    spoolFolder: 'Folder for the packages on each node',
    spoolFolderHint: 'It is made where it is not there. Folders of the system (/, /etc, /usr and others) are refused.',

    planAccept: 'I read the plan. Next starts the work on the nodes.',
    planSummary: (nodes: number, packages: number) =>
      `${plural(packages, 'package', 'packages')} on ${plural(nodes, 'node', 'nodes')}`,
    planRelease: 'Release',
    waves: {
      groups: 'How are the nodes changed?',
      by: {
        all: 'All at once',
        system: 'System by system',
        type: 'Type by type',
        clique: 'Clique by clique',
        nodes: 'So many nodes at a time',
        percent: 'A share of the nodes at a time',
      },
      size: { nodes: 'Nodes at a time', percent: 'Per cent of the nodes at a time' },
      canary: 'Canary: nodes that go first',
      canaryHint: 'A number, or names. Empty: none.',
      stopBefore: 'Stop before waves',
      stopBeforeHint: 'Numbers from 2 on. The job waits there for a person.',
      preview: 'What that comes to',
    },
    planWaves: 'Waves',
    planStops: 'Stops by itself',
    planTitle: 'Plan',
    planPackages: 'Packages',
    planMode: 'Mode',
    planSpool: 'Spool area',
    planSkips: 'Skipped steps',
    planNoReturn: 'Point of no return',
    planNoReturnText: (step: string) => `After ${step} the only way back is a rollback to the versions before.`,
    planNoWayBack: (names: string) => `Without a way back: ${names}.`,
    planAllWayBack: 'Every version before is kept in the spool area.',
    planWarnings: 'Warnings',
    planNotes: 'Not known before',
    planNodes: 'What is changed',
    planColumns: {
      package: 'Package',
      action: 'Action',
      from: 'Installed',
      to: 'Planned',
      nodes: 'Nodes',
      why: 'Out of the ordinary',
      names: 'Which nodes',
    },
    planWhy: { 'no-way-back': 'without a way back', differs: 'most nodes get it otherwise' },
    planGroups: {
      exceptions: 'Out of the ordinary',
      usual: 'As planned for most nodes, in order of installation',
      kept: 'Stays as it is',
    },
    planChanges: (count: string) => `${count} of the plan`,
    planAllNodes: 'all',
    planFind: 'Find a package, or the name of a node',
    planNoChange: 'Nothing of the plan is called so.',
    actions: { install: 'install', upgrade: 'upgrade', keep: 'keep' },
    takesAway: (names: string) => `takes ${names} away`,

    component: 'Component',
    version: 'Version that becomes active',

    reportTitle: 'Report',
    save: 'Save as HTML…',
    saved: (path: string) => `Saved: ${path}`,
    outcomes: {
      succeeded: 'The operation succeeded.',
      warned: 'The operation is done, with warnings.',
      failed: 'The operation failed.',
      exited: 'The operation was exited.',
    },
    figures: {
      nodes: 'Nodes',
      packages: 'Packages',
      installed: 'Installed',
      failed: 'Failed',
      ignored: 'Ignored',
      seconds: 'Took',
    },
    answers: 'What was answered here',
  },
};
