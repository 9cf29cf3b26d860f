import type { ChildProcess } from 'node:child_process';

/** A node as the lab is told to make it. */
export interface LabNodePlan {
  readonly nodeId: string;
  readonly address: string;
  readonly booted: boolean;
  /** Lower folders of its overlay. */
  readonly lower: string;
}

/** A node that runs, or is off. */
export interface RunningNode {
  readonly plan: LabNodePlan;
  readonly root: string;
  readonly folder: string;
  readonly namespace: string;
  /** The process that holds the node's namespaces; its child is the node's first process. */
  holder: ChildProcess | undefined;
  /** Is not started again when it ends. */
  off: boolean;
}
