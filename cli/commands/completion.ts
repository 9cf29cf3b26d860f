import { Argument, type Command } from 'commander';
import { COMPLETION_SCRIPTS, type Shell } from '../completion/scripts.ts';
import { EXIT } from '../exitCodes.ts';
import type { Launcher } from '../launch.ts';

/** `completion`: the script by which a shell completes the words of putctl. */
export function defineCompletion(program: Command, launch: Launcher): void {
  program
    .command('completion')
    .description('print the script by which a shell completes commands, options, and names of systems, nodes and jobs')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action((shell: Shell) =>
      launch.local({}, ({ output }) => {
        output.result({}, () => COMPLETION_SCRIPTS[shell]);
        return Promise.resolve(EXIT.done);
      }),
    )
    .addHelpText(
      'after',
      `
Examples:
  source <(putctl completion bash)                                           for this shell; or a line of ~/.bashrc
  putctl completion zsh > ~/.zfunc/_putctl                                   in a folder of $fpath
  putctl completion fish > ~/.config/fish/completions/putctl.fish
  putctl completion powershell | Out-String | Invoke-Expression              or in $PROFILE`,
    );
}
