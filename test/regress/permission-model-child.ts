// A process that Node permits to write nothing: `permission-model-child DIRECTORY`.

import { join } from "node:path";

import { chmod, inFlight, mkdir, rmdir, stat, status, writeFile } from "../../src/index.ts";

const [, , directory = ""] = process.argv;
const file = join(directory, "file");
const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

const codes = await Promise.all(
  [
    mkdir(join(directory, "made")),
    chmod(file, 0o600),
    rmdir(directory),
    mkdir(join(directory, "another")),
    writeFile(file, "x"),
    stat("/etc"),
  ].map((operation) => Promise.resolve(operation).then(String, codeOf)),
);
const { size } = await stat(file);
const atStandstill = inFlight().length;
const { backend } = status();
process.stdout.write(JSON.stringify({ backend, codes, size, atStandstill }));
