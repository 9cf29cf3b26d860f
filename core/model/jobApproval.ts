/** Who approved what, and when. */
export interface ApprovalGiven {
  readonly digest: string;
  readonly user: string;
  readonly atMs: number;
  /** Digest of the plan file that was approved before the job was started. */
  readonly planFile?: string | undefined;
}

/** The approval of what a job is about to do, by another person than those who had a part in it. */
export interface JobApproval {
  /** The job stands still for it. */
  readonly waits: boolean;
  /** Digest of what was accepted; absent while nothing is, and so nothing can be approved. */
  readonly digest?: string | undefined;
  /** The approval of just that. */
  readonly approved?: ApprovalGiven | undefined;
  /** What was approved before it was changed, and what differs, in words. */
  readonly before?: ApprovalGiven | undefined;
  readonly changes?: readonly string[] | undefined;
  /** What was approved has begun, so that the approval cannot be taken back any more. */
  readonly begun?: true | undefined;
  /** Who had a part in it and cannot approve it. */
  readonly notBy: readonly string[];
}
