import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** The next message of a child process. @throws Error if the process ends without one */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const listening = new AbortController();
  const { signal } = listening;
  const [, program] = child.spawnargs;
  const ended = (code: unknown) => new Error(`${program} ended with exit code ${code} and sent no message`);
  if (child.exitCode !== null) throw ended(child.exitCode);
  const end = once(child, "exit", { signal }).then(([code, name]): never => {
    throw ended(code ?? name);
  });
  try {
    // Both ends are programs of the bench.
    const [message] = (await Promise.race([once(child, "message", { signal }), end])) as [Message];
    return message;
  } finally {
    listening.abort();
  }
}
