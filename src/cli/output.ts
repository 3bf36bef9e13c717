import type { Context } from "./context.js";

type Stream = NodeJS.WritableStream;

/** Control characters in what came from elsewhere could move the cursor or change the terminal. */
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, "�");
}

/** Writes, and resolves once the text has left the process. A reader that went away (`adp … | head`) is no failure. */
function write(stream: Stream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error && !("code" in error && error.code === "EPIPE")) reject(error);
      else resolve();
    });
  });
}

/** Keeps a broken pipe from ending the process: without a listener the streams' error events would. */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** Writes a command's result to stdout: the document with `--json`, else the text. */
export function writeResult({ json }: Pick<Context, "json">, document: unknown, text: string): Promise<void> {
  return write(process.stdout, json ? `${JSON.stringify(document, null, 2)}\n` : `${plain(text)}\n`);
}

/** Writes a line for people. */
export function writeNote(line: string, stream: Stream = process.stderr): Promise<void> {
  return write(stream, `${plain(line)}\n`);
}
