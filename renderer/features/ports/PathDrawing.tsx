import { useId, type ReactElement } from 'react';
import type { PathTestResult, PortFinding } from '../../../core/model/pathTest.ts';
import { t } from '../../texts/en.ts';
import { lanePorts, portLanes, type PortLane } from './portLanes.ts';

const words = t.pathTest;

/* Sizes in px of the drawing, which is not scaled. */
const WIDTH = 560;
const HEAD = 26;
const LANE = 32;
const CLIENT_RIGHT = 16;
const FIREWALL = { left: 256, right: 272 };
const MASTER_LEFT = 544;
const TEXT_PAD = 10;

const roleOf = ({ role, from, to }: PortLane): string =>
  role === 'gui' && from !== to ? words.guiPorts : words.roles[role];

/** Where a lane ends. */
const ENDS: Readonly<Record<PortFinding, number>> = {
  'speaks-put': MASTER_LEFT,
  'speaks-other': MASTER_LEFT - 14,
  refused: MASTER_LEFT - 6,
  filtered: FIREWALL.left - 8,
  unreachable: CLIENT_RIGHT + 24,
};

/** A shape of its own at the end of a lane for every finding; the word stands above the lane. */
function endShape(finding: PortFinding, x: number, y: number): ReactElement {
  switch (finding) {
    case 'speaks-put':
      return <path d={`M${x - 8} ${y - 4.5}l8 4.5l-8 4.5z`} fill="currentColor" />;
    case 'speaks-other':
      return <path d={`M${x + 6} ${y - 6}l6.5 12h-13z`} fill="currentColor" />;
    case 'refused':
      return <path d={`M${x} ${y - 7}v14`} stroke="currentColor" strokeWidth="3" />;
    default:
      return <path d={`M${x - 5} ${y - 5}l10 10M${x + 5} ${y - 5}l-10 10`} stroke="currentColor" strokeWidth="2.2" />;
  }
}

function Lane({ lane, y }: { lane: PortLane; y: number }) {
  const end = ENDS[lane.finding];
  return (
    <>
      <text className="lane-port" x={CLIENT_RIGHT + TEXT_PAD} y={y - 6}>
        {lanePorts(lane)} <tspan className="lane-role">{roleOf(lane)}</tspan>
      </text>
      <text className={`lane-word f-${lane.finding}`} x={FIREWALL.right + TEXT_PAD} y={y - 6}>
        {words.findings[lane.finding]}
      </text>
      <g className={`f-${lane.finding}`}>
        <path
          d={`M${CLIENT_RIGHT} ${y}H${end}`}
          stroke="currentColor"
          strokeWidth="1.6"
          strokeDasharray={lane.finding === 'speaks-put' ? undefined : '5 3'}
        />
        {endShape(lane.finding, end, y)}
      </g>
    </>
  );
}

/** Client system, firewall and master node with a lane for every group of ports; the table beside it says the same. */
export function PathDrawing({ result }: { result: PathTestResult }) {
  const id = useId();
  const lanes = portLanes(result.ports);
  const height = HEAD + lanes.length * LANE + 10;
  const body = height - HEAD;
  const sentences = lanes.map((lane) => words.lane(lanePorts(lane), roleOf(lane), words.findings[lane.finding]));
  return (
    <svg
      className="path-drawing"
      viewBox={`0 0 ${WIDTH} ${height}`}
      width={WIDTH}
      height={height}
      role="img"
      aria-labelledby={`${id}-title ${id}-desc`}
    >
      <title id={`${id}-title`}>{words.drawingTitle(result.host)}</title>
      <desc id={`${id}-desc`}>{sentences.join('; ')}.</desc>
      <text className="end-name" x={0} y={15}>
        {words.client}
      </text>
      <text className="end-name" x={(FIREWALL.left + FIREWALL.right) / 2} y={15} textAnchor="middle">
        {words.firewall}
      </text>
      <text className="end-name" x={WIDTH} y={15} textAnchor="end">
        {words.master}
      </text>
      <rect className="end-box" x={0.5} y={HEAD - 3} width={CLIENT_RIGHT - 1} height={body} rx={2} />
      <rect
        className="end-box"
        x={MASTER_LEFT + 0.5}
        y={HEAD - 3}
        width={WIDTH - MASTER_LEFT - 1}
        height={body}
        rx={2}
      />
      <rect
        className="firewall-box"
        x={FIREWALL.left + 0.5}
        y={HEAD - 3}
        width={FIREWALL.right - FIREWALL.left - 1}
        height={body}
      />
      {lanes.map((lane, i) => (
        <Lane key={lane.from} lane={lane} y={HEAD + i * LANE + 22} />
      ))}
    </svg>
  );
}
