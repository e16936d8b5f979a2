/** What a peer sent may hold anything: no report lets through what a terminal, XML or a reader's eye would obey. */

/**
 * Control characters but line breaks and tabs, halves of surrogate pairs, marks that turn the direction of the text, and what XML 1.0
 * has no place for become `?`.
 */
export function printable(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\p{Bidi_Control}\ufffe\uffff]/gu, '?');
}

/** A sentence of the specification without the targets of its links. */
export function withoutLinks(sentence: string): string {
  return sentence.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/** At most so many characters, with a word about the rest. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}... (${text.length - limit} more characters)`;
}
