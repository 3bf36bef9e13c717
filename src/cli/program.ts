import { createRequire } from "node:module";
import { Command } from "commander";
import { addAltStore } from "./commands/altstore.js";
import { addApps } from "./commands/apps.js";
import { addCreate } from "./commands/create.js";
import { addDoctor } from "./commands/doctor.js";
import { addDomains } from "./commands/domains.js";
import { addIngest } from "./commands/ingest.js";
import { addKeys } from "./commands/keys.js";
import { addDeltas, addVariants, addVersions } from "./commands/lists.js";
import { addRemove } from "./commands/remove.js";
import { addSandbox } from "./commands/sandbox.js";
import { addStatus } from "./commands/status.js";
import { addVerify } from "./commands/verify.js";
import { addWebhooks } from "./commands/webhooks.js";
import type { Context } from "./context.js";
import { EXIT_CODES_HELP, parserMessage } from "./exit.js";
import { checkNotBlank, withFlagName } from "./flag-names.js";
import { addExamples, addJsonOption } from "./options.js";

/** All commands, in the order of `--help`. A new command is a file in `commands/` and an entry here. */
const COMMANDS = [
  addCreate,
  addStatus,
  addVersions,
  addVariants,
  addDeltas,
  addIngest,
  addVerify,
  addRemove,
  addApps,
  addKeys,
  addDomains,
  addWebhooks,
  addDoctor,
  addAltStore,
  addSandbox,
];

export function createProgram(context: Context): Command {
  const { stdout, stderr } = context.host;
  const program = new Command("adp")
    .description("Apple's Alternative Distribution Packages: create, list, ingest, verify.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(parserMessage(text)),
    })
    .showHelpAfterError("(--help tells more)")
    .hook("preAction", (_, command) => {
      checkNotBlank(command);
      const rename = (message: string) => withFlagName(message, command);
      context.command = { name: command.name(), flags: command.opts(), rename };
    })
    .addHelpText("after", `\n${EXIT_CODES_HELP}`);
  addJsonOption(program);
  for (const addCommand of COMMANDS) addCommand(program, context);
  return addExamples(program, [
    "adp create --bundle-id com.example.app --app-version 1.2.3",
    "adp status --bundle-id com.example.app --app-version 1.2.3 --wait",
    "adp ingest public/package --bundle-id com.example.app --app-version 1.2.3",
    "adp ingest s3://packages/1234 --bundle-id com.example.app --app-version 1.2.3",
  ]);
}

/** The version in package.json. Node finds that file by the package's name, from `src/` and from `dist/`. */
function packageVersion(): string {
  const { version } = createRequire(import.meta.url)("app-store-alternative-distribution/package.json");
  return version;
}
