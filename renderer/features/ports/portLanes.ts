import type { PortFinding, PortProbe } from '../../../core/model/pathTest.ts';

/** Neighbouring ports of one role with the same finding: one lane of the drawing. */
export interface PortLane {
  readonly from: number;
  readonly to: number;
  readonly role: PortProbe['role'];
  readonly finding: PortFinding;
}

export const lanePorts = ({ from, to }: PortLane): string => (from === to ? String(from) : `${from}–${to}`);

/** Lanes in ascending order of ports. */
export function portLanes(probes: readonly PortProbe[]): PortLane[] {
  const lanes: PortLane[] = [];
  for (const { port, role, finding } of [...probes].sort((a, b) => a.port - b.port)) {
    const last = lanes.at(-1);
    if (last?.role === role && last.finding === finding && last.to === port - 1) {
      lanes[lanes.length - 1] = { ...last, to: port };
    } else lanes.push({ from: port, to: port, role, finding });
  }
  return lanes;
}
