import { plural, separated } from './plural.ts';

/** What the window says of nodes that go back: by themselves, or by a person's word. */
export const wayBackTexts = {
  goingBack: {
    left: (nodes: number, at: string, left: string) =>
      `${nodes === 1 ? '1 node goes' : `${separated(nodes)} nodes go`} back by ${nodes === 1 ? 'itself' : 'themselves'} unless confirmed, the first one at ${at}: ${left} left.`,
    due: (nodes: number, at: string) =>
      `${nodes === 1 ? '1 node was' : `${separated(nodes)} nodes were`} not known to be confirmed by ${at}, when the first one was to go back. Confirm asks them, and tells which did.`,
    confirm: 'Confirm…',
    title: 'Confirm the nodes?',
    text: (nodes: number) =>
      `${nodes === 1 ? 'The node keeps' : `All ${separated(nodes)} nodes keep`} the versions of now, and ${nodes === 1 ? 'does' : 'do'} not go back by themselves any more. One that went back meanwhile is told.`,
    sure: 'Confirm',
  },

  rollback: {
    button: 'Roll back…',
    node: 'Roll back node…',
    title: 'Roll back every changed node?',
    titleNode: (nodes: string) => `Roll back ${nodes}?`,
    text: 'Every node that was changed goes back to what was on it before; then the operation ends. Their services are down meanwhile.',
    textNode:
      'The node goes back to what was on it before and takes part no more. Its service is down meanwhile. The others wait and go on.',
    textWave:
      'The nodes of the wave that were changed go back to what was on them before and take part no more. Their services are down meanwhile. The others wait and go on.',
    textEnded:
      'The operation has ended. It goes on, driven by you, until these nodes are back at what was on them before, and then ends once more. Their services are down meanwhile.',
    wave: (wave: number) => `wave ${wave}`,
    waveButton: (wave: number) => `Roll back wave ${wave}…`,
    confirm: 'Roll back',
    leave: 'Do not roll back',
    notKnown: 'What the nodes would go back to could not be read, so nothing is begun.',
    nobody: 'Nothing was changed on these nodes.',
    looking: 'Looking what the nodes go back to…',
    nothing: 'No package was changed, so none goes back; the service is started.',
    backTo: (version: string) => `goes back to ${version}`,
    erased: 'is erased; it was not there before',
    noWayBack: 'no way back: the library has no file of it',
    lacking: (nodes: number) =>
      `On ${plural(nodes, 'node', 'nodes')} not every version can be brought back: upload the missing files first. Without them a node that was changed fails before anything is stopped.`,
    underWay: (rollback: { user: string; reason: string; nodes: number; goesOn: boolean }) =>
      `${plural(rollback.nodes, 'node goes', 'nodes go')} back, as ${rollback.user} asked: ${rollback.reason}. ${
        rollback.goesOn ? 'The others wait and go on afterwards.' : 'Then the operation ends.'
      }`,
  },
};
