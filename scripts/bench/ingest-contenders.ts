import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { WorkloadServer } from "./ingest-workload.js";

const run = promisify(execFile);

/** A way to get a workload's assets into a folder, checked. */
export type Contender = (
  server: Pick<WorkloadServer, "origin" | "cdn">,
  folder: string,
  assets: number,
  concurrency: number,
) => Promise<unknown>;

const names = (assets: number) => Array.from({ length: assets }, (_, index) => `asset-${index}`);

function curlThen(...command: [string, ...string[]]): Contender {
  return async ({ cdn }, folder, assets, concurrency) => {
    const [program, ...args] = command;
    const files = names(assets).map((name) => join(folder, `${name}.ipa`));
    const config = names(assets).map(
      (name, index) => `url = "${cdn}/cdn/${name}?accessKey=secret"\noutput = "${files[index]}"\n`,
    );
    writeFileSync(join(folder, "curl.txt"), config.join(""));
    // Without waiting for the first connection to say whether it is HTTP/2, which this server does not have.
    const parallel = ["--parallel", "--parallel-immediate", "--parallel-max", String(concurrency)];
    await run("curl", [
      "--silent",
      "--fail",
      "--insecure",
      ...parallel,
      "--config",
      join(folder, "curl.txt"),
    ]);
    await run(program, [...args, ...files], { maxBuffer: 2 ** 28 });
  };
}

/** `curl --parallel`, then `sha256sum` over what arrived. */
export const curlSha256sum = curlThen("sha256sum");
/** `curl --parallel`, then `openssl dgst -sha256`. */
export const curlOpenssl = curlThen("openssl", "dgst", "-sha256");

/** The simplest program: one asset after the other, an API call for each, the whole file in memory. */
export const naive: Contender = async ({ origin }, folder, assets) => {
  await mkdir(folder, { recursive: true });
  for (const name of names(assets)) {
    const answer = await fetch(`${origin}/v1/alternativeDistributionPackageVariants/${name}`);
    const { data } = (await answer.json()) as { data: { attributes: { url: string } } };
    const body = Buffer.from(await (await fetch(data.attributes.url)).arrayBuffer());
    createHash("sha256").update(body).digest("hex");
    await writeFile(join(folder, `${name}.ipa`), body);
  }
};
