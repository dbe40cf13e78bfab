/** A map that keeps the `capacity` entries used last. */
export interface Lru<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  clear(): void;
  readonly size: number;
  /** Those used last come last. */
  readonly values: readonly Value[];
}

export function createLru<Key, Value>(capacity: number, onEvict: (value: Value) => void): Lru<Key, Value> {
  const entries = new Map<Key, Value>();
  return {
    get size() {
      return entries.size;
    },
    get values() {
      return [...entries.values()];
    },
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      for (const [oldest, old] of entries) {
        if (entries.size <= capacity) break;
        entries.delete(oldest);
        onEvict(old);
      }
    },
    clear() {
      for (const value of entries.values()) onEvict(value);
      entries.clear();
    },
  };
}
