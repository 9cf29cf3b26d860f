/** Begin of the lines of a report that tell what a person must do; they come first. */
const ATTENTION = 'Attention: ';

/** Whether a line of a report calls for a person, so that it is shown before and stronger than what only tells. */
export function callsForPerson(line: string): boolean {
  return line.startsWith(ATTENTION);
}
