import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { nextMessage } from "./next-message.js";
import type { Target } from "./sandbox-server.js";
import { ratio, type Spread, spread } from "./statistics.js";

const ROUNDS = 8;
const WARM_UPS = 3;
const CONNECTIONS = 16;
const MS_PER_ROUND = 1_000;
const FILE_BYTES = 256 * 2 ** 20;

export interface SandboxBench {
  readonly figure: string;
  readonly unit: string;
  readonly bare: number;
  readonly sandbox: number;
  /** sandbox / bare, of each round. */
  readonly ratio: Spread;
}

/**
 * The sandbox as an HTTP server against a bare node:http server that answers the same bytes: small GETs a second
 * over 16 connections, and the bytes of a 256 MB file over one. The servers run in processes of their own,
 * are measured in turn within each round, over plain sockets.
 */
export async function benchSandbox(): Promise<SandboxBench[]> {
  const sandbox = await start("sandbox", String(FILE_BYTES));
  const { body } = await ask(sandbox.target, sandbox.target.small);
  const bare = await start("bare", String(FILE_BYTES), body);
  try {
    return [
      await compare(
        { figure: "small GETs", unit: "requests/s", measure: smallGets },
        bare.target,
        sandbox.target,
      ),
      await compare({ figure: "asset bytes", unit: "MB/s", measure: fileSpeed }, bare.target, sandbox.target),
    ];
  } finally {
    for (const { stop } of [sandbox, bare]) stop();
  }
}

async function start(...args: string[]) {
  const child = fork(fileURLToPath(new URL("./sandbox-server.ts", import.meta.url)), args);
  return { target: await nextMessage<Target>(child), stop: () => child.kill() };
}

interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly measure: (target: Target) => Promise<number>;
}

async function compare(
  { figure, unit, measure }: Figure,
  bareTarget: Target,
  sandboxTarget: Target,
): Promise<SandboxBench> {
  // Until V8 has optimized both.
  for (let round = 0; round < WARM_UPS; round++) {
    await measure(bareTarget);
    await measure(sandboxTarget);
  }
  const bare: number[] = [];
  const sandbox: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await measure(bareTarget));
    sandbox.push(await measure(sandboxTarget));
  }
  return {
    figure,
    unit,
    bare: spread(bare).median,
    sandbox: spread(sandbox).median,
    ratio: ratio(sandbox, bare),
  };
}

async function smallGets(target: Target): Promise<number> {
  const start = performance.now();
  const end = start + MS_PER_ROUND;
  const counts = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      let count = 0;
      const socket = connect(target.port, "127.0.0.1").setNoDelay();
      const request = requestOf(target, target.small);
      await new Promise<void>((resolve, reject) => {
        let missing = 0;
        socket.on("data", (bytes) => {
          missing = missing > 0 ? missing - bytes.length : lengthOf(bytes.toString("latin1")) - bytes.length;
          if (missing > 0) return;
          count++;
          if (performance.now() >= end) resolve(void socket.destroy());
          else socket.write(request);
        });
        socket.once("error", reject);
        socket.write(request);
      });
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - start) / 1000);
}

async function fileSpeed(target: Target): Promise<number> {
  const start = performance.now();
  let received = 0;
  const onread = {
    // One buffer for everything: the bytes are only counted.
    buffer: Buffer.alloc(1 << 20),
    callback: (bytes: number) => {
      received += bytes;
      if (received >= FILE_BYTES) socket.destroy();
      return true;
    },
  };
  const socket = connect({ port: target.port, host: "127.0.0.1", onread });
  socket.write(requestOf(target, target.file));
  await once(socket, "close");
  return received / 1e6 / ((performance.now() - start) / 1000);
}

async function ask(target: Target, path: string) {
  const response = await fetch(`http://127.0.0.1:${target.port}${path}`, {
    headers: { authorization: `Bearer ${target.token}` },
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return { body: await response.text() };
}

function requestOf({ port, token }: Target, path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n\r\n`;
}

/** Bytes of an answer with its headers, read from its first piece. */
function lengthOf(text: string): number {
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`unexpected answer: ${text.slice(0, 200)}`);
  const head = text.indexOf("\r\n\r\n") + 4;
  return head + Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]);
}
