/*
 * Two commands as one piece of work on a node (`NodeCommand.first`): each piece costs a folder's files, a session and a follower there. Between their outputs
 * stands a line that tells how the first one ended.
 */

/** The line that tells how the first one ended. */
export function endOfFirst(code: number | string): string {
  return `put-pair: ended with ${code}`;
}

/** Whether a line of the log tells that the first one ended. */
export function isEndOfFirst(line: string): boolean {
  return /^put-pair: ended with \d+$/.test(line);
}
