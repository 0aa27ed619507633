/**
 * A light scan of TypeScript: enough to tell code from comments and text, without a parser.
 */

/** A `/` after one of these starts a regular expression, after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|await|yield|void|delete))\s*$/;

/** @returns `source` with comments and the insides of strings and regular expressions turned into spaces; same length, same lines. */
export function blank(source: string): string {
  return new Blanker(source).run();
}

class Blanker {
  readonly #source: string;
  readonly #out: string[] = [];
  /** For each open template substitution, how many braces are open inside it. */
  readonly #substitutions: number[] = [];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): string {
    while (this.#at < this.#source.length) this.#next();
    return this.#out.join('');
  }

  #next(): void {
    const char = this.#source[this.#at]!;
    const pair = char + (this.#source[this.#at + 1] ?? '');
    if (pair === '//') this.#hideUntil(/\n|$/g, false);
    else if (pair === '/*') this.#hideUntil(/\*\//g, true);
    else if (char === "'" || char === '"') this.#string(char);
    else if (char === '`') this.#template();
    else if (char === '/' && this.#startsRegex()) this.#regex();
    else if (char === '}' && this.#substitutions.at(-1) === 0) this.#resumeTemplate();
    else this.#code(char);
  }

  #code(char: string): void {
    const depth = this.#substitutions.length - 1;
    if (depth >= 0 && char === '{') this.#substitutions[depth]!++;
    if (depth >= 0 && char === '}') this.#substitutions[depth]!--;
    this.#keep();
  }

  #keep(): void {
    this.#out.push(this.#source[this.#at++]!);
  }

  #hide(): void {
    const char = this.#source[this.#at++];
    if (char !== undefined) this.#out.push(char === '\n' ? '\n' : ' ');
  }

  #hideUntil(end: RegExp, inclusive: boolean): void {
    end.lastIndex = this.#at + (inclusive ? 2 : 0);
    const match = end.exec(this.#source);
    const stop = match === null ? this.#source.length : match.index + (inclusive ? match[0].length : 0);
    while (this.#at < stop) this.#hide();
  }

  #string(quote: string): void {
    this.#keep();
    while (this.#at < this.#source.length && this.#source[this.#at] !== quote && this.#source[this.#at] !== '\n') {
      if (this.#source[this.#at] === '\\') this.#hide();
      this.#hide();
    }
    if (this.#source[this.#at] === quote) this.#keep();
  }

  #template(): void {
    this.#keep();
    while (this.#at < this.#source.length && this.#source[this.#at] !== '`') {
      if (this.#source.startsWith('${', this.#at)) {
        this.#keep();
        this.#keep();
        this.#substitutions.push(0);
        return;
      }
      if (this.#source[this.#at] === '\\') this.#hide();
      this.#hide();
    }
    if (this.#at < this.#source.length) this.#keep();
  }

  #resumeTemplate(): void {
    this.#substitutions.pop();
    this.#template();
  }

  #startsRegex(): boolean {
    return BEFORE_REGEX.test(this.#out.slice(-40).join(''));
  }

  #regex(): void {
    this.#keep();
    let inClass = false;
    while (this.#at < this.#source.length && this.#source[this.#at] !== '\n') {
      const char = this.#source[this.#at];
      if (char === '/' && !inClass) break;
      if (char === '[') inClass = true;
      if (char === ']') inClass = false;
      if (char === '\\') this.#hide();
      this.#hide();
    }
    if (this.#source[this.#at] === '/') this.#keep();
  }
}
