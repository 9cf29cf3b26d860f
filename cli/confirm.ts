import { PutError } from '../core/protocol/errors.ts';
import type { LocalContext } from './launch.ts';

/** What `--yes` says of a command that destroys something. */
export const YES_HELP = 'do it without asking; without a terminal it is refused without --yes';

/**
 * Asks a person whether they mean it, before something is destroyed. `what` says it, as in `Remove 3 packages from the library`.
 * @throws PutError confirmation-needed where nobody can be asked; cancelled where they say no: nothing was done
 */
export async function confirm(
  { host, output }: LocalContext,
  what: string,
  { yes }: { readonly yes?: boolean | undefined },
): Promise<void> {
  if (yes === true) return;
  if (!host.terminal.canAsk || output.json) {
    throw new PutError('confirmation-needed', `not done: ${what}`);
  }
  const answer = (await host.terminal.ask(`${what}? Type yes or no: `)).trim().toLowerCase();
  if (answer !== 'yes' && answer !== 'y') throw new PutError('cancelled', `not done: ${what}`);
}
