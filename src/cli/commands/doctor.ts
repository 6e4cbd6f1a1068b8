/** `overlapped doctor`: which backend there is, why not another, and whether promises are kept. */

import { Command } from "commander";
import { inFlight } from "../../index.ts";
import { paintFor, wantsColor, widthOf } from "../demo/paint.ts";
import { examine } from "../doctor/examine.ts";
import { render } from "../doctor/render.ts";

interface DoctorOptions {
  readonly json?: boolean;
}

const AFTER_HELP = `
It looks at the kernel, the limits and the container, chooses a backend as every program does, and
tries each promise of docs/promises.md on FIFOs in a temporary directory, which takes a second or
two. OVERLAPPED_BACKEND=uring or =portable asks for one backend, as in every program.

--json prints one document; docs/doctor.md has its fields.

Exit code: 0 when there is a backend and it keeps its promises, io_uring or not; 1 when there is
none, or a promise is broken; 2 for wrong usage.`;

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say which backend works here, why not another, and check every promise")
    .option("--json", "print one JSON document instead of text")
    .addHelpText("after", AFTER_HELP)
    .action(async ({ json = false }: DoctorOptions) => {
      process.exitCode = await doctor(json);
    });
}

async function doctor(isJson: boolean): Promise<number> {
  const examination = await examine();
  const paint = paintFor(wantsColor(process.stdout, process.env));
  const lines = isJson
    ? [JSON.stringify(examination, null, 2)]
    : render(examination, widthOf(process.stdout), paint);
  const text = `${lines.join("\n").trimEnd()}\n`;
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  const code = examination.isWell ? 0 : 1;
  // What a broken promise left pending would keep the process.
  if (inFlight().length > 0) process.exit(code);
  return code;
}
