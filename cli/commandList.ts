import type { Command } from 'commander';
import type { Launcher } from './launch.ts';

/** Adds a command, or several that belong together, to putctl. */
export type DefineCommand = (program: Command, launch: Launcher) => unknown;

/** Commands that one file defines. It is loaded when one of them is typed: loading every one takes longer than most of them do. */
export interface CommandFile {
  readonly names: readonly string[];
  readonly load: () => Promise<DefineCommand>;
}

/** The group of commands that are about putctl itself. */
export const OWN_GROUP = 'putctl itself:';

/** Every command of putctl, as `putctl --help` lists them. */
export const COMMANDS: Readonly<Record<string, readonly CommandFile[]>> = {
  'A job:': [
    { names: ['status', 'wait'], load: async () => (await import('./commands/status.ts')).defineStatus },
    { names: ['jobs', 'watch'], load: async () => (await import('./commands/jobs.ts')).defineJobs },
    { names: ['run'], load: async () => (await import('./commands/run.ts')).defineRun },
    { names: ['plan'], load: async () => (await import('./commands/planFiles.ts')).definePlans },
    { names: ['report'], load: async () => (await import('./commands/jobRecord.ts')).defineReport },
    { names: ['log'], load: async () => (await import('./commands/nodeLog.ts')).defineNodeLog },
  ],
  'Decisions:': [
    { names: ['retry', 'ignore'], load: async () => (await import('./commands/decisions.ts')).defineDecisions },
    { names: ['accept'], load: async () => (await import('./commands/accept.ts')).defineAccept },
    { names: ['hold', 'release', 'catch-up'], load: async () => (await import('./commands/hold.ts')).defineHold },
    { names: ['give-up'], load: async () => (await import('./commands/giveUp.ts')).defineGiveUp },
    {
      names: ['pause', 'resume', 'begin-now', 'confirm'],
      load: async () => (await import('./commands/pause.ts')).definePause,
    },
    { names: ['window'], load: async () => (await import('./commands/window.ts')).defineWindow },
    { names: ['approve'], load: async () => (await import('./commands/approve.ts')).defineApprove },
    { names: ['back'], load: async () => (await import('./commands/back.ts')).defineBack },
    { names: ['cancel'], load: async () => (await import('./commands/cancel.ts')).defineCancel },
    { names: ['rollback'], load: async () => (await import('./commands/rollback.ts')).defineRollback },
  ],
  'Nodes and packages:': [
    { names: ['nodes'], load: async () => (await import('./commands/nodes.ts')).defineNodes },
    { names: ['inventory'], load: async () => (await import('./commands/inventory.ts')).defineInventory },
    { names: ['packages'], load: async () => (await import('./commands/packages.ts')).definePackages },
    { names: ['upload'], load: async () => (await import('./commands/upload.ts')).defineUpload },
    { names: ['exec', 'outputs'], load: async () => (await import('./commands/exec.ts')).defineExec },
    { names: ['versions'], load: async () => (await import('./commands/versions.ts')).defineVersions },
    { names: ['operation'], load: async () => (await import('./commands/operation.ts')).defineOperation },
  ],
  'Systems and people:': [
    { names: ['systems'], load: async () => (await import('./commands/systems.ts')).defineSystems },
    { names: ['login', 'logout'], load: async () => (await import('./commands/login.ts')).defineLogin },
    { names: ['passwd'], load: async () => (await import('./commands/passwd.ts')).definePasswd },
    { names: ['sessions'], load: async () => (await import('./commands/sessions.ts')).defineSessions },
    { names: ['ports'], load: async () => (await import('./commands/ports.ts')).definePorts },
    { names: ['path-test'], load: async () => (await import('./commands/pathTest.ts')).definePathTest },
    { names: ['chat'], load: async () => (await import('./commands/chat.ts')).defineChat },
  ],
  [OWN_GROUP]: [
    { names: ['console'], load: async () => (await import('./commands/console.ts')).defineConsole },
    { names: ['practice'], load: async () => (await import('./commands/practice.ts')).definePractice },
    { names: ['options'], load: async () => (await import('./commands/options.ts')).defineOptions },
    { names: ['completion'], load: async () => (await import('./commands/completion.ts')).defineCompletion },
    { names: ['version'], load: async () => (await import('./commands/version.ts')).defineVersion },
  ],
};
