import type { Command } from 'commander';
import { PROTOCOL_VERSIONS } from '../../core/protocol/handshake.ts';
import { printable } from '../../core/model/strangerText.ts';
import { EXIT, exitCodeOfError } from '../exitCodes.ts';
import { withTarget, type CommonOptions, type Launcher, withMeant } from '../launch.ts';
import { errorDocument } from '../output/Output.ts';
import { formatPairs } from '../output/table.ts';

/** `putservices/1.2.3` as name and number. */
function parsedSoftware(software: string): { name: string; version: string } {
  const at = software.search(/[/ ](?=\d)/);
  return at < 0 ? { name: software, version: '' } : { name: software.slice(0, at), version: software.slice(at + 1) };
}

/** `version`: both ends, and whether they are of one version. */
export function defineVersion(program: Command, launch: Launcher): void {
  withMeant(withTarget(program.command('version')), ([system]) => [`version --system ${system}`])
    .description('the versions of putctl and of the putservices of a system, and whether they differ')
    .option('--client', 'of putctl alone; asks no system')
    .action((options: CommonOptions & { client?: boolean }) => {
      const protocols = PROTOCOL_VERSIONS.join(', ');
      if (options.client === true)
        return launch.local(options, ({ host, output }) => {
          output.result({ client: { version: host.version, protocols: PROTOCOL_VERSIONS } }, () =>
            formatPairs([['putctl', `${host.version}, protocol ${protocols}`]]),
          );
          return Promise.resolve(EXIT.done);
        });
      return launch.withSessionIfAny(options, ({ host, output, session, why }) => {
        const client = { version: host.version, protocols: PROTOCOL_VERSIONS };
        const own = ['putctl', `${host.version}, protocol ${protocols}`] as const;
        if (!session) {
          output.result({ client, ...(why ? errorDocument(why) : {}) }, () =>
            [
              formatPairs([own]),
              `No system was asked: ${why?.message ?? 'none is known'} (${why?.code ?? 'usage'})`,
            ].join('\n'),
          );
          // Without a system at all its own version is the whole answer.
          return Promise.resolve(why && why.code !== 'usage' ? exitCodeOfError(why) : EXIT.done);
        }
        const { software, version: protocol, systemName } = session.welcome;
        const theirs = parsedSoftware(software);
        const differs = theirs.version !== host.version;
        output.result({ client, server: { ...theirs, protocol, systemName }, differs }, () =>
          [
            formatPairs([
              own,
              [printable(theirs.name), `${theirs.version}, protocol ${protocol}, at ${printable(systemName)}`],
            ]),
            ...(differs
              ? [
                  'They differ. Each speaks to the other as far as both can; what the older end does not know is refused by name. Upgrade it when no job runs.',
                ]
              : ['They are of one version.']),
          ].join('\n'),
        );
        return Promise.resolve(EXIT.done);
      });
    })
    .addHelpText('after', '\nExamples:\n  putctl version\n  putctl version --client --json');
}
