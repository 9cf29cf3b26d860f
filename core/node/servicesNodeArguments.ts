/**
 * What putservices is started with, before its program, wherever it is started: by the service unit, the command of its
 * package, the practice system and by hand from the sources. The young part of the heap stays below 16 MiB: without a bound a
 * flood of connections makes it grow to 128 MiB, and it keeps what it has.
 */
export const SERVICES_NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=8'];
