import type { Command } from 'commander';
import { defineApprove } from './commands/approve.ts';
import { defineBack } from './commands/back.ts';
import { defineCancel } from './commands/cancel.ts';
import { defineChat } from './commands/chat.ts';
import { defineCompletion } from './commands/completion.ts';
import { defineAccept } from './commands/accept.ts';
import { defineConsole } from './commands/console.ts';
import { defineDecisions } from './commands/decisions.ts';
import { defineExec } from './commands/exec.ts';
import { defineGiveUp } from './commands/giveUp.ts';
import { defineHold } from './commands/hold.ts';
import { defineInventory } from './commands/inventory.ts';
import { defineLogin } from './commands/login.ts';
import { defineNodeLog } from './commands/nodeLog.ts';
import { defineReport } from './commands/jobRecord.ts';
import { defineJobs } from './commands/jobs.ts';
import { defineNodes } from './commands/nodes.ts';
import { defineOperation } from './commands/operation.ts';
import { defineOptions } from './commands/options.ts';
import { definePackages } from './commands/packages.ts';
import { definePasswd } from './commands/passwd.ts';
import { definePathTest } from './commands/pathTest.ts';
import { definePause } from './commands/pause.ts';
import { definePlans } from './commands/planFiles.ts';
import { definePorts } from './commands/ports.ts';
import { definePractice } from './commands/practice.ts';
import { defineRollback } from './commands/rollback.ts';
import { defineRun } from './commands/run.ts';
import { defineSessions } from './commands/sessions.ts';
import { defineStatus } from './commands/status.ts';
import { defineSystems } from './commands/systems.ts';
import { defineUpload } from './commands/upload.ts';
import { defineWindow } from './commands/window.ts';
import { defineVersion } from './commands/version.ts';
import { defineVersions } from './commands/versions.ts';
import type { Launcher } from './launch.ts';

/** Adds a command, or several that belong together, to putctl. */
export type DefineCommand = (program: Command, launch: Launcher) => unknown;

/** The group of commands that are about putctl itself. */
export const OWN_GROUP = 'putctl itself:';

/** Every command of putctl, as `putctl --help` lists them. */
export const COMMANDS: Readonly<Record<string, readonly DefineCommand[]>> = {
  'A job:': [defineStatus, defineJobs, defineRun, definePlans, defineReport, defineNodeLog],
  'Decisions:': [
    defineDecisions,
    defineAccept,
    defineHold,
    defineGiveUp,
    definePause,
    defineWindow,
    defineApprove,
    defineBack,
    defineCancel,
    defineRollback,
  ],
  'Nodes and packages:': [
    defineNodes,
    defineInventory,
    definePackages,
    defineUpload,
    defineExec,
    defineVersions,
    defineOperation,
  ],
  'Systems and people:': [
    defineSystems,
    defineLogin,
    definePasswd,
    defineSessions,
    definePorts,
    definePathTest,
    defineChat,
  ],
  [OWN_GROUP]: [defineConsole, definePractice, defineOptions, defineCompletion, defineVersion],
};
