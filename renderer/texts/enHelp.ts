/** Offline help: one text a step, keys, and the words of the trade. */
export const helpTexts = {
  title: 'Help',
  close: 'Close help',
  tabs: { topic: 'This view', keys: 'Keys', words: 'Words' },
  topicsLabel: 'Help topics',

  steps: {
    'configuration-mode': [
      'Typical: after the install the new versions become active by themselves. Switch Versions is skipped and marked so in the table of contents.',
      'Custom: the step Switch Versions asks which of the installed versions becomes active. Take it when the old version must stay active for a while.',
    ],
    'select-nodes': [
      'Tick the nodes that the operation works on. All TPA nodes belong in an install, hot standby nodes included; the screen says so when one is left out.',
      'The search hides rows; it never unticks them.',
    ],
    'find-systems': [
      'Facts are read once from each node: operating system, packages, disk, memory, service. Nodes that see each other on the same network form one system.',
      'A node without an answer comes up under Needs you: mend it and Retry, or Ignore it with a reason.',
    ],
    'group-nodes': [
      'Compare the systems and groups with the site plan. Modify Group changes the type of a node where the inventory is wrong; the type decides which packages are recommended for it.',
    ],
    'package-source': [
      'A cert list names the package set of a release with what is mandatory. Without one you choose from the library yourself.',
      'A package that a cert list names and the library lacks is shown here. Upload it under Packages and transfers; the operation waits.',
    ],
    'select-packages': [
      'The recommended set is ticked. Versions are compared by rpm’s own rules. A package for another architecture is refused with the reason in its row.',
      'Next stays off while a mandatory package is missing or a requirement is not met. Add what is missing puts in the packages that mend it.',
    ],
    'spool-area': [
      'A folder of its own, never one of the system, on a file system that every node has. It holds local copies of the packages on each node, and the versions before for a rollback. Least free is the smallest room found on any of the nodes.',
    ],
    waves: [
      'The nodes are changed in groups, one after the other: a canary of a few first, then by system, type, clique or size. The screen tells which nodes are in which wave, and when failures would stop the operation.',
      'After a wave the operation goes on by itself, waits for you before the next, or stops at a limit of failures. A stop before a wave can be asked for later too, under Waves.',
    ],
    plan: [
      'What will happen on each node, in this order. Nodes with the same changes stand together.',
      'Nothing on the nodes has been changed up to here. The point of no return is named: after that step the only way back is a rollback.',
    ],
    spooling: [
      'Packages are copied into the spool area of each node, and each copy’s digest is checked. Nodes work in parallel.',
    ],
    'keep-former': [
      'With a dead-man only: the packages of before are copied to each node, so that it can go back without the master.',
    ],
    test: [
      'rpm on each node checks signatures and digests of the files and tries the very transaction of Package Install without changing anything. What it says here it would have said with the services down.',
    ],
    arm: [
      'With a dead-man only (setting confirmWithin): from here on each node goes back to the versions before by itself unless it is confirmed in time, also where the master and the line are gone.',
    ],
    shutdown: ['The service is stopped on each node. From here on the nodes do not serve.'],
    'package-install': [
      'All nodes install in parallel. Equal failures stand in one line under Needs you: Retry does exactly the failed nodes again, after a probe of what is on them; Ignore lets the operation go on without them and keeps your reason.',
      'Packages shows one row a package with Successful, Fail and Ignored. A click on a node opens its log.',
    ],
    'switch-versions': [
      'Choose for each component which of the installed versions becomes active on all nodes. In waves the first one is asked, and the others go by its answer where they can.',
    ],
    reboot: [
      'Nodes on which something comes into force only by a reboot, such as a kernel, are rebooted; the plan named them. A node is back when it answers with another boot. It is rebooted once, whatever happens meanwhile: Retry looks first.',
    ],
    start: ['The service is started on each node.'],
    validation: [
      'What is on each node is read back and compared with the plan. A difference is a failure of the node, with found and planned versions in its drawer.',
    ],
    'health-gate': [
      'With a check between waves only (settings gateCommand, gateService, gatePort): each node of the wave is looked at before the next wave begins.',
      'A gate that holds waits for you: mend the nodes and Retry, or Next lets the next wave begin all the same.',
    ],
    confirm: [
      'With a dead-man only: each node that came through is confirmed. One that went back by itself is told here.',
    ],
    disarm: [
      'Of a rollback: the dead-man is taken away from each node that goes back, so that the two do not work at once.',
    ],
    'bring-back': [
      'Of a rollback: the packages of the versions before are copied to each node and checked. Nothing is stopped yet; a node without a kept package fails here, and Ignore leaves it as it is.',
    ],
    'stop-again': [
      'Of a rollback: the service is stopped on each node that goes back. From here on these nodes do not serve.',
    ],
    'packages-back': [
      'Of a rollback: rpm brings back exactly the versions before, and takes away what is new. Retry looks first at what is there.',
    ],
    'reboot-again': [
      'Of a rollback: nodes that were rebooted for something that is gone again, such as a kernel, are rebooted once more. A node is back when it answers with another boot.',
    ],
    'start-again': [
      'Of a rollback: the service is started on each node that went back. Nodes that were ignored before are started too, so that none is left down.',
    ],
    'validation-back': [
      'Of a rollback: what is on each node is read back and compared with what was there before the operation. A difference is a failure of the node, with both versions in its drawer.',
    ],
    command: [
      'What is written here is run by the shell of each node. It is kept with the operation and in the report: put no secrets in it.',
      'The time that it may take is counted on each node for itself. Exit codes that are named as good, or as a warning, are taken so; every other one is a failure of the node.',
    ],
    preview: [
      'The command with the nodes that it will run on, by type. Nothing has been run up to here.',
      'It is not known what a command changes, and there is no way back from it but one that you know.',
    ],
    run: [
      'The command runs on each node by itself: it goes on there whatever happens to the line, this window or the master node, and its output is found again.',
      'Equal outputs stand in one line under Outputs. Give up stops it on a node that says nothing; Retry runs it once more there, from its beginning.',
    ],
    versions: [
      'The packages of each node are read now, and nodes of one type are compared: a package in several versions is marked, with the nodes of each.',
      'A node that cannot be read comes up under Needs you: mend it and Retry, or Ignore it with a reason.',
    ],
    finished: ['The report of the operation. Save as HTML writes one page that needs nothing else to be read.'],
  } as Readonly<Record<string, readonly string[]>>,
  /** Of a step of an operation that these texts do not know: the words of the operation itself stand above. */
  otherStep: [
    'Equal failures stand in one line under Needs you: Retry does exactly the failed nodes again; Ignore lets the operation go on without them and keeps your reason.',
  ],

  places: {
    settings: [
      'Theme, and the clock that times are shown by, are of this client system and kept between starts. A system and its jobs are the same for everybody.',
      'About names the versions of both ends. Ends of different versions work together; what only the newer one has is not offered.',
    ],
    systems: [
      'A target system is saved by name, host and the order of ways to it. Passwords are never part of the entry.',
      'Each way says which ports the firewall must let through. SSH and a proxy unfold their settings when their way is switched on; certificates of the site stand below.',
      'The practice system is putservices with simulated nodes on this machine. It is safe to try everything on it, faults included.',
    ],
    'sign-in': [
      'At first contact the fingerprint of the certificate is shown before any password is sent. Compare it with what putservices prints at its start on the master node.',
      'A changed certificate is refused. Accept it only after the site confirmed the change.',
      'A way that needs a passphrase or a password asks for it. Leaving the way out goes on with the others; what was right serves reconnects until PUT Desktop ends.',
    ],
    operations: [
      'One operation runs on a system at a time. It runs on the master node: closing this window or losing the line never stops it. Continue opens it again where it is.',
    ],
    compare: [
      'Two runs side by side, each from its beginning: how long each step took, what failed, what was decided, and which versions were planned. What differs stands first.',
    ],
    nodes: [
      'The nodes as the inventory names them. Read all now asks each node for its state; a node that is opened shows what is known of it with its age, and why it was not reached.',
      'Add, Probe and Import take nodes over: a fault is named by its line, and what would be written is shown before. A node is worked on once its host key was compared and pinned, and once it lets the master in.',
      'A host key that changed is refused. Accept it only after the site confirmed that the node was installed anew.',
      'On the practice system, Fault… tells a node to have trouble at a step, to learn what it looks like.',
    ],
    packages: [
      'Files are read before a byte is sent: a broken package is named here and left out. An upload that is cut goes on where it stopped.',
    ],
    ports: [
      'Single port needs one open firewall port. GUI ports are leased: a cancelled or lost connection gives its port back, so the range cannot be used up.',
      'An admin can release a detached lease; no restart is needed.',
      'Take over ends your own session on another client system and tells its window where you went on. Jobs, and what you drive, stay yours; a file that was half sent goes on where it stopped.',
    ],
  },

  words: [
    ['AWS', 'Administration workstation of the target system. It has nothing to do with the cloud of that name.'],
    ['Baton', 'Who holds it drives the job. It can be taken with a reason that everyone sees.'],
    ['CCPORT', 'The port where portmgmt negotiates, 9000 by default.'],
    ['Cert list', 'The package set of a release, with what is mandatory.'],
    ['Clique', 'Nodes that share storage.'],
    ['Hot standby', 'A TPA node that takes over when another fails.'],
    ['Lease', 'The right to use one GUI port: offered, attached, detached, released.'],
    ['Master node', 'The node where putservices runs. Jobs run there, not in this window.'],
    ['portmgmt', 'The service that negotiates connections and leases GUI ports.'],
    ['Spool area', 'Folder on each node with local copies of the packages and the versions before.'],
    ['SWS', 'Service workstation of the target system.'],
    ['TPA node', 'A node that runs the database.'],
  ] as const,
};
