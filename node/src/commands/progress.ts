import type { CommandIo } from './command-io.ts';

/** What a long command says of itself: JSON lines for programs, sentences for people. */
export interface Progress {
  /** @param sentence for people; null when only programs want to know. */
  tell(event: string, facts: Readonly<Record<string, unknown>>, sentence: string | null): void;
}

/** With `--json` one object a line on stdout, `{event, ...}`; else lines on stderr. */
export function createProgress(io: CommandIo, isJson: boolean): Progress {
  return {
    tell: (event, facts, sentence) => {
      if (isJson) io.out(JSON.stringify({ event, ...facts }));
      else if (sentence !== null) io.say(sentence);
    },
  };
}
