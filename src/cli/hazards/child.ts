/** The process of one program: plays it with one library. `child NAME LIBRARY DIRECTORY MS` */

import { libraryOf } from "./libraries/by-name.ts";
import type { LibraryName } from "./library.ts";
import { HAZARDS } from "./programs/list.ts";
import { Stage } from "./stage.ts";

const [name, library, directory, patienceMs] = process.argv.slice(2);
if (directory === undefined) throw new TypeError("wants a hazard, a library and a directory");
const hazard = HAZARDS.find((each) => each.name === name);
if (hazard === undefined) throw new RangeError(`no hazard ${name}`);
const stage = new Stage(directory, Number(patienceMs));
try {
  await hazard.play(stage, await libraryOf(library as LibraryName));
  // Otherwise its end is what is waited for, with whatever is pending.
  if (!stage.isEnding) {
    stage.done();
    process.exit(0);
  }
} catch (error) {
  stage.fail(error);
  process.exit(1);
}
