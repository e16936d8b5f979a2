/** What is said beforehand of a program with one wrong decision. The pages and the judgement of a self-test come from it. */

export interface Declaration {
  /** What it does wrong, for the tables. */
  readonly does: string;
  /** Every one of these checks must fail, with this as part of what it says. */
  readonly fails: Readonly<Record<string, string>>;
  /** These may fail as well (`*` at the end: all that begin so); any other failure is a fault of the suite. */
  readonly also?: readonly string[];
  /** Judged as a server in the test mode, in which seeds follow from client ids. */
  readonly testMode?: true;
}

/** Mutants of one kind, by name. */
export type Declarations = Readonly<Record<string, Declaration>>;
