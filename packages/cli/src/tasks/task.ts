/** A command of a program to run in a process of its own. */
export interface Task {
  readonly name: string;
  readonly label: string;
  /** Its arguments, as things stand in its folder now. */
  args(): string[];
  /** Whether its result is there already. */
  done(): boolean;
}
