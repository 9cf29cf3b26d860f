import { createOutput } from '../output/Output.ts';
import { createTerminal } from '../Terminal.ts';

/* Run in a pseudo-terminal by a test: progress of several lines that is drawn anew, a note between, and the result. */

const terminal = createTerminal(process);
const output = createOutput(terminal, {});
for (let percent = 0; percent <= 100; percent += 20) {
  output.passing(`first line at ${percent} %, which is longer than the terminal is wide\n  second line\n  third`);
  if (percent === 40) output.note('a note that stays');
  if (percent === 60) output.passing(`one line at ${percent} %`);
}
output.result({}, () => `${terminal.columns} columns, ${terminal.style.colour ? 'colour' : 'no colour'}`);
