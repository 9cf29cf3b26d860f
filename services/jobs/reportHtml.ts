import type { JobReport, JobView } from '../../core/model/job.ts';
import { countsText } from '../../core/model/cellCounts.ts';
import { countCells } from '../../core/model/job.ts';
import { callsForPerson } from '../../core/model/reportLine.ts';
import { packageStatesShown } from '../../core/model/packageStates.ts';
import { JOB_STATE_WORDS, PACKAGE_WORDS, STATE_WORDS } from '../../core/model/stateWords.ts';
import { warningsOf } from '../../core/model/planWarnings.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { timeText } from './reportTime.ts';
import { escapeHtml } from '../../core/model/strangerText.ts';
import { nodeTypeName } from '../../core/model/nodeTypeWords.ts';

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  // Figures stand under each other, and their title over them.
  const right = head.map((_title, at) => (typeof rows[0]?.[at] === 'number' ? ' class="n"' : ''));
  const cells = (tag: 'th' | 'td', row: readonly (string | number)[]): string =>
    `<tr>${row.map((cell, at) => `<${tag}${right[at] ?? ''}>${escapeHtml(String(cell))}</${tag}>`).join('')}</tr>`;
  return `<div><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`;
}

/** As the windows look: sections and rows with rules, no boxes; black on white, since it is printed. */
const STYLE = `body{font:13px/1.45 'IBM Plex Sans','Segoe UI',system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#171c24;background:#fff;font-variant-numeric:tabular-nums}
h1{font-size:1.5rem;font-weight:600;margin:0 0 .25rem}h1+p{margin:0;color:#434d5b}h2{font-size:1.05rem;font-weight:600;margin:2rem 0 0;padding-top:.6rem;border-top:1px solid #8b95a3}
ul{margin:.4rem 0 0;padding:0;list-style:none}li{padding:.15rem 0;max-width:110ch;overflow-wrap:break-word}.a{margin:.2rem 0;padding:0 0 0 .6rem;border-left:3px solid #b3261e;font-weight:600}
table{border-collapse:collapse;width:100%;margin-top:.4rem}
th,td{border-bottom:1px solid #d8dce2;padding:.3rem 1rem .3rem 0;text-align:left;vertical-align:top;overflow-wrap:break-word;white-space:pre-line}
th{color:#586373;font-weight:500}.n{text-align:right}
div{overflow-x:auto}
@page{size:landscape;margin:12mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:9pt}h2{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}div{overflow:visible}}`;

/** The report of an ended job as one page that needs nothing else: no script, no picture, no address. */
export function reportHtml(view: JobView): string {
  const report = view.report;
  const heading = `${view.title}, job ${view.jobNumber}: ${JOB_STATE_WORDS[report?.outcome ?? view.state]}`;
  const steps = view.stepOrder.flatMap((stepId) => {
    const step = view.steps[stepId];
    if (!step) return [];
    const nodes = step.cells ? countsText(countCells(step.cells)) : '';
    return [
      [
        step.title,
        STATE_WORDS[step.state],
        timeText(step.startedAtMs),
        timeText(step.endedAtMs),
        nodes,
        step.note ?? '',
      ],
    ];
  });
  const shown = packageStatesShown(view.packages, view.state);
  const packages = view.packages.map((row) => [
    ...[row.packageName, row.version, row.nodes],
    ...shown.map((state) => row[state]),
  ]);
  const nodes = Object.values(view.nodes).map((node) => {
    const changed = Object.keys(node.outcomes).filter((name) => node.outcomes[name] !== 'unchanged');
    const versions = (
      list: readonly { name: string; epoch: number; version: string; release: string }[] | undefined,
    ): string =>
      (list ?? [])
        .filter((installed) => changed.includes(installed.name))
        .map((installed) => `${installed.name} ${formatEvr(installed)}`)
        .join(', ');
    const outcomes = changed.map((name) => `${name}: ${PACKAGE_WORDS[node.outcomes[name] ?? 'unknown']}`).join(', ');
    return [
      node.nodeId,
      node.address,
      nodeTypeName(node.type),
      node.system,
      versions(node.before),
      versions(node.found),
      outcomes,
    ];
  });
  const troubles = view.stepOrder.flatMap((stepId) =>
    Object.entries(view.steps[stepId]?.cells ?? {})
      .filter(([, cell]) => cell.attempt > 1 || !['ok', 'skipped', 'waiting', 'running'].includes(cell.state))
      .map(([nodeId, cell]) => [
        view.steps[stepId]?.title ?? stepId,
        nodeId,
        STATE_WORDS[cell.state],
        cell.attempt,
        cell.cause === undefined ? '' : `${cell.cause.code}: ${cell.cause.message}`,
        cell.ignoreReason ?? '',
      ]),
  );
  const planned: NonNullable<JobReport['warnings']> = report?.warnings ?? warningsOf(view.plan);
  const warnings = planned.map(({ name, message, acceptedBy }) => [name, message, acceptedBy ?? 'nobody']);
  const list = (lines: readonly string[]): string =>
    `<ul>${lines.map((line) => `<li${callsForPerson(line) ? ' class="a"' : ''}>${escapeHtml(line)}</li>`).join('')}</ul>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(heading)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(heading)}</h1>
<p>${escapeHtml(`${timeText(view.startedAtMs)} to ${timeText(view.endedAtMs)}, started by ${view.startedBy}, driven by ${view.driver}`)}</p>
<h2>Summary</h2>${list(report?.lines ?? [])}
<h2>Steps</h2>${table(['Step', 'State', 'Began', 'Ended', 'Nodes', 'Note'], steps)}
<h2>Packages</h2>${table(['Package', 'Version', 'Nodes of it', ...shown.map((state) => `Nodes: ${PACKAGE_WORDS[state]}`)], packages)}
<h2>Nodes</h2>${table(['Node', 'Address', 'Type', 'System', 'Before', 'After', 'Packages'], nodes)}
${troubles.length > 0 ? `<h2>Failures, retries and decisions</h2>${table(['Step', 'Node', 'State', 'Attempt', 'Cause', 'Reason'], troubles)}` : ''}
${warnings.length > 0 ? `<h2>Warnings of the plan</h2>${table(['Name', 'Warning', 'Accepted by'], warnings)}` : ''}
</body></html>
`;
}
