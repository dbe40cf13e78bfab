/** Throws where a coefficient is not a finite number of at least 0. */
export function checkWeight(regularizer: string, weight: number): void {
  if (!(weight >= 0 && Number.isFinite(weight))) {
    throw new RangeError(`${regularizer}: the weight is a finite number of at least 0; got ${weight}.`);
  }
}

/** The entry called `name`, or an error that says who needs it and what there is. */
export function entry<T>(
  regularizer: string,
  kind: string,
  entries: Readonly<Record<string, T>>,
  name: string,
): T {
  const found = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (found === undefined) {
    throw new Error(
      `${regularizer} needs the ${kind} "${name}"; got ${Object.keys(entries).join(', ') || 'none'}.`,
    );
  }
  return found;
}
