import { createRequire } from "node:module";
import { Command } from "commander";
import { addCreate } from "./commands/create.js";
import { addDeltas } from "./commands/deltas.js";
import { addIngest } from "./commands/ingest.js";
import { addRemove } from "./commands/remove.js";
import { addSandbox } from "./commands/sandbox.js";
import { addStatus } from "./commands/status.js";
import { addVariants } from "./commands/variants.js";
import { addVerify } from "./commands/verify.js";
import { addVersions } from "./commands/versions.js";
import type { Context } from "./context.js";
import { withoutValues } from "./error-message.js";
import { exitCodesHelp } from "./exit-codes.js";
import { addExamples } from "./help.js";

/** The package's own version, wherever it was built to. */
function packageVersion(): string {
  const { version } = createRequire(import.meta.url)("app-store-alternative-distribution/package.json");
  return version;
}

/** The whole command line: what is parsed, and what then runs. */
export function createProgram(context: Context): Command {
  const program = new Command("adp")
    .description("Apple's Alternative Distribution Packages: create, look at, ingest, verify.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutValues(text)) })
    .showHelpAfterError("(--help tells more)")
    .addHelpText("after", `\n${exitCodesHelp}`);
  for (const add of [addCreate, addStatus, addVersions, addVariants, addDeltas]) add(program, context);
  for (const add of [addIngest, addVerify, addRemove, addSandbox]) add(program, context);
  return addExamples(program, [
    "adp create --app-store-version-id 6482123456",
    "adp status --app-store-version-id 6482123456 --wait",
    "adp ingest public/package --app-store-version-id 6482123456",
  ]);
}
