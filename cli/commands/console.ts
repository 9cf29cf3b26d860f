import type { Command } from 'commander';
import type { ConsoleOptions } from '../console/runConsole.ts';
import { parsedBy, withJson, type Launcher } from '../launch.ts';
import { parsePort } from '../target.ts';

/** `console`: the windows, served to a browser of this machine. */
export function defineConsole(program: Command, launch: Launcher): void {
  withJson(program.command('console'))
    .description('the windows of PUT Desktop in the installed Chromium, Chrome or Edge')
    .option(
      '--port <port>',
      'port of 127.0.0.1 to serve on (default: a free one)',
      parsedBy((text) => parsePort(text, '--port')),
    )
    .option('--no-open', 'print what to open instead of opening a browser')
    .option('--practice', 'start the practice system, or find the one that runs, and sign in to it')
    .action((options: ConsoleOptions) =>
      launch.local(options, async (context) => {
        // Web server, workbench and practice system: no other command needs them.
        const { runConsole } = await import('../console/runConsole.ts');
        return runConsole(context, options);
      }),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl console                    a window of its own; closing it ends the console
  putctl console --practice         the same, signed in to the practice system
  putctl console --no-open          prints a page and a code good for one use, for another browser of this machine

It listens on 127.0.0.1 only. A page that only you can read gives the browser a code of one use; other sites and other
users of this machine are refused. Passwords are given in the window and kept nowhere. PUT_BROWSER names a browser by its path.`,
    );
}
