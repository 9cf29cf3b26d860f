import type { NodeCommand } from './NodePort.ts';

/*
 * Two commands as one piece of work on a node: each piece costs a folder, a session and a follower there.
 */

/**
 * `$1`: how many of the words that follow are the first command; it may leave its last line without an end. A stop ends this shell with whatever it runs, so that nothing is begun after it.
 */
const PAIR_SCRIPT = `n=$1; shift
words=
i=0
while [ $i -lt $n ]; do
  i=$((i + 1))
  words="$words \\"\\\${$i}\\""
done
eval "$words"
code=$?
echo
echo "put-pair: ended with $code"
shift $n
exec "$@"`;

/** Runs the first command, tells in the log how it ended, and becomes the second one whatever came of it. Both have the variables of the second. */
export function oneAfterOther(first: readonly string[], { argv, ...rest }: NodeCommand): NodeCommand {
  return { ...rest, argv: ['sh', '-c', PAIR_SCRIPT, 'put-pair', String(first.length), ...first, ...argv] };
}

/** The words of both commands; undefined for any other command. */
export function pairOf(
  argv: readonly string[],
): { readonly first: readonly string[]; readonly second: readonly string[] } | undefined {
  if (argv[0] !== 'sh' || argv[2] !== PAIR_SCRIPT) return undefined;
  const end = 5 + Number(argv[4]);
  return { first: argv.slice(5, end), second: argv.slice(end) };
}

/** The line that tells how the first one ended. */
export function endOfFirst(code: number): string {
  return `put-pair: ended with ${code}`;
}

/** Whether a line of the log tells that the first one ended. */
export function isEndOfFirst(line: string): boolean {
  return /^put-pair: ended with \d+$/.test(line);
}
