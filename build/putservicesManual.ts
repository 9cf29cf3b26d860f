import { CONFIG_KEYS } from '../services/config/configKeys.ts';
import { PACKAGE_CONFIG, PACKAGE_STATE } from '../services/config/packagePlaces.ts';
import { everyCommand, nameOf, optionsOf, roff } from './manual.ts';
import { createServicesProgram } from '../services/commandLine.ts';

/** The page of putservices for `man`, section 8, made from the command line's own definition and the keys of the Config file. */
export function servicesManual(version: string): string {
  const program = createServicesProgram(version, () => {});
  const commands = everyCommand(program)
    .slice(1)
    .filter(({ commands: below }) => below.length === 0);
  const lines = [
    `.TH PUTSERVICES 8 "" "putservices ${roff(version)}"`,
    ...['.SH NAME', roff('putservices - services of the master node for parallel upgrades')],
    ...[
      '.SH SYNOPSIS',
      '.B putservices',
      roff('--state DIR [--config FILE] [option ...]'),
      '.br',
      '.B putservices',
      roff('command [option ...]'),
    ],
    ...['.SH DESCRIPTION', roff(program.description())],
    roff(`The service unit starts it with the state folder ${PACKAGE_STATE} and the Config file ${PACKAGE_CONFIG}.`),
    ...['.SH OPTIONS', ...optionsOf(program.options)],
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      `.SS ${roff(`${nameOf(command)} ${command.registeredArguments.map((one) => `<${one.name()}>`).join(' ')}`.trim())}`,
      roff(command.description()),
      ...optionsOf(command.options),
    ]),
    ...['.SH CONFIG FILE', roff('KEY=VALUE lines, read at the start; # begins a comment.')],
    ...Object.values(CONFIG_KEYS).flatMap(({ key, form, help, defaultText }) => [
      ...[
        '.TP',
        `.B ${roff(`${key}=${form}`)}`,
        roff(`${help}${defaultText === '' ? '' : ` Default: ${defaultText}.`}`),
      ],
    ]),
    '.SH EXIT STATUS',
    roff(
      '0 stopped as asked or done; 1 a fault, or something that doctor found FAILED; 2 command line, Config file or state folder cannot be used; 3 a port is in use or another putservices uses the state folder.',
    ),
    '.SH FILES',
    ...[
      [PACKAGE_CONFIG, 'Config file'],
      [PACKAGE_STATE, 'state folder; its log/ has putservices.log and five older ones of at most 10 MiB'],
      ['/usr/lib/systemd/system/putservices.service', 'service unit; what it says goes to the journal of systemd'],
      ['/usr/share/doc/putservices', 'documents'],
    ].flatMap(([file = '', what = '']) => ['.TP', `.I ${roff(file)}`, roff(what)]),
  ];
  return `${lines.join('\n')}\n`;
}
