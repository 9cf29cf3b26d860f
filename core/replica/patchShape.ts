/**
 * `s` members set (replaced whole), `d` members deleted, `c` members changed inside. Absent parts are left out. A patch for
 * the wire (core/replica/sharedValues.ts) may also have `x`, at its root: values that occur in it more than once; `e`:
 * members set to the entry of `x` with that index; `n`: what was there is forgotten first; and `a`: items put at the end of
 * the list that a member is, so that a list longer than a message comes in pieces.
 */
export interface Patch {
  readonly s?: Readonly<Record<string, unknown>> | undefined;
  readonly d?: readonly string[] | undefined;
  readonly c?: Readonly<Record<string, Patch>> | undefined;
  readonly e?: Readonly<Record<string, number>> | undefined;
  readonly n?: true | undefined;
  readonly a?: Readonly<Record<string, readonly unknown[]>> | undefined;
  readonly x?: readonly unknown[] | undefined;
}
