/** A line on stderr, where it disturbs no output. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
