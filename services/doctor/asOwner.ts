import { stat } from 'node:fs/promises';

/**
 * Runs something with the rights of the user whose state folder it is, where root asks: what root may read says nothing of what putservices may. Other
 * users, and folders of root or that are not there, are left as they are. Nothing else may run meanwhile: the rights are those of the process.
 */
export async function asOwner<T>(statePath: string, work: () => Promise<T>): Promise<T> {
  const owner = await stat(statePath).catch(() => undefined);
  const { seteuid, setegid, setgroups, getgroups } = process;
  // Missing in the types of Node.
  const { initgroups } = process as { initgroups?: (user: number, group: number) => void };
  if (process.getuid?.() !== 0 || !owner || owner.uid === 0) return work();
  if (!seteuid || !setegid || !setgroups || !initgroups || !getgroups) return work();
  const groups = getgroups();
  initgroups(owner.uid, owner.gid);
  setegid(owner.gid);
  seteuid(owner.uid);
  try {
    return await work();
  } finally {
    seteuid(0);
    setegid(0);
    setgroups(groups);
  }
}
