import { MINIBENCH_FONTS } from './fonts.js';

/** What is wrong with an option that is to be an integer. */
export function wholeNumberFaults(name: string, value: unknown, low: number, high: number): string[] {
  if (Number.isSafeInteger(value) && Number(value) >= low && Number(value) <= high) return [];
  return [`${name} is an integer in ${low}…${high}, got ${String(value)}`];
}

/** What is wrong with a choice of fonts. */
export function fontFaults(fonts: readonly string[]): string[] {
  const known: readonly string[] = MINIBENCH_FONTS;
  const faults: string[] = [];
  if (fonts.length === 0) faults.push('fonts names at least one font, got none');
  const unknown = fonts.filter((font) => !known.includes(font));
  if (unknown.length > 0) faults.push(`unknown fonts: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  if (new Set(fonts).size !== fonts.length) faults.push(`fonts names a font twice: ${fonts.join(', ')}`);
  return faults;
}
