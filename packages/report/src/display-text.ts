/** Options of {@link displayText}. */
export interface DisplayTextOptions {
  /** Keep line breaks and tabs. Default false. */
  keepNewlines?: boolean;
}

/**
 * Text from a file made fit to show: control characters (terminal escapes), direction overrides, lone surrogates and
 * code points that XML forbids become spaces.
 *
 * @example
 * ```ts
 * displayText('naive\u001b[31m'); // 'naive [31m'
 * ```
 */
export function displayText(text: string, { keepNewlines = false }: DisplayTextOptions = {}): string {
  const clean = text.replace(
    /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu,
    (c) => (keepNewlines && (c === '\n' || c === '\t') ? c : ' '),
  );
  return keepNewlines ? clean : clean.replace(/ {2,}/g, ' ').trim();
}
