function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, inOrder(member)]),
  );
}

/** A value as JSON that is the same for the same content, whatever the order of its members; digests are made over it. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

/** What the digest of a plan file is made over: everything in it but the digest itself. */
export function planFileText(plan: {
  readonly bound?: object | undefined;
  readonly settings?: object | undefined;
  readonly [part: string]: unknown;
}): string {
  const { digest: _digest, ...bound } = (plan.bound ?? {}) as { digest?: unknown };
  const settings = Object.keys(plan.settings ?? {}).length === 0 ? undefined : plan.settings;
  return canonicalText({ ...plan, settings, bound });
}
