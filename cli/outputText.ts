import { exitText, isException, restText, type OutputGroup } from '../core/model/commandOutput.ts';
import { nodeTypeName } from '../core/model/nodeTypeWords.ts';
import { printable, printableForeignLines } from '../core/model/strangerText.ts';
import type { VersionRow } from '../core/model/versionTable.ts';
import { formatTable } from './output/table.ts';
import { colouredMark, plural } from './output/words.ts';
import type { Terminal } from './Terminal.ts';

const RULE = '-'.repeat(15);

/** Outputs by node, equal ones in one block, as clush -b shows them; what a person has to look at is marked. */
export function outputsText(groups: readonly OutputGroup[], terminal: Terminal): string {
  return groups.map((group) => groupText(group, terminal)).join('\n');
}

function groupText(group: OutputGroup, { style }: Terminal): string {
  const { state, nodes, names, output, differs } = group;
  const how = [
    ...(state === 'ok' ? [] : [colouredMark(state, style)]),
    ...(output && (output.exitCode !== 0 || state !== 'ok') ? [exitText(output)] : []),
    ...(differs ? [isException(group) && state === 'ok' ? colouredMark('warned', style, 'differs') : 'differs'] : []),
  ];
  const head = `${printable(names)} (${plural(nodes, 'node')})${how.length > 0 ? `  ${how.join(', ')}` : ''}`;
  if (!output) return `${RULE}\n${head}\n${RULE}`;
  const said = printableForeignLines(output.head.replaceAll('\r\n', '\n').replace(/\n$/, ''));
  const inAll = restText(output);
  const rest = inAll === undefined ? [] : [`... ${inAll}: putctl log NODE`];
  return [RULE, head, RULE, ...(output.bytes === 0 ? [] : [said]), ...rest].join('\n');
}

/** What is where: a line for each version of a package on the nodes of a type. */
export function versionsText(rows: readonly VersionRow[], terminal: Terminal): string {
  return formatTable(
    [
      { title: 'PACKAGE' },
      { title: 'TYPE' },
      { title: 'VERSION' },
      { title: 'NODES', align: 'right' },
      { title: 'NAMES', shrinks: true },
    ],
    rows.flatMap(({ packageName, arch, type, of, versions, differs }) =>
      versions.map(({ version, nodes, names }, at) => [
        ...(at === 0 ? [`${packageName}.${arch}`, nodeTypeName(type)] : ['', '']),
        `${differs && at > 0 ? '! ' : ''}${version}`,
        ...[`${nodes} of ${of}`, differs ? names : ''],
      ]),
    ),
    { columns: terminal.columns },
  );
}
