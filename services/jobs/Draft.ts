/** Members of the object itself can be set; what hangs below stays read-only until it is owned. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Copy on write for one batch of changes: an object is copied the first time it is changed, then changed in place until the batch is
 * over. What was not touched is shared with the state before, so differences between states are cheap to find.
 */
export class Draft<T extends object> {
  readonly root: Mutable<T>;
  readonly #owned = new WeakSet<object>();

  constructor(base: T) {
    this.root = this.#copy(base);
  }

  /** The member `key` of an owned `parent`, copied unless this draft owns it already. Only for members that are objects. */
  own<P extends object, K extends keyof P>(parent: P, key: K): Mutable<NonNullable<P[K]>> {
    const child = parent[key] as object;
    if (!this.#owned.has(child)) parent[key] = this.#copy(child) as P[K];
    return parent[key] as Mutable<NonNullable<P[K]>>;
  }

  /** Marks a freshly made object as this draft's own. */
  fresh<O extends object>(object: O): O {
    this.#owned.add(object);
    return object;
  }

  #copy<O extends object>(object: O): Mutable<O> {
    const copy = (Array.isArray(object) ? [...(object as unknown[])] : { ...object }) as Mutable<O>;
    this.#owned.add(copy);
    return copy;
  }
}
