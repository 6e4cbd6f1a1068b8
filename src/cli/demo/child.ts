/** The child's side: plays one part of a scene with one library. */

import type { LibraryName } from "./protocol.ts";
import { SCENES } from "./scenes.ts";
import { Stage } from "./stage.ts";

/** Resolves with a number when the part ends in process.exit, and with undefined otherwise. */
export async function playPart(args: readonly string[]): Promise<number | undefined> {
  const [sceneNumber, partIndex, library, directory] = args;
  if (directory === undefined) throw new TypeError("wants scene, part, library and directory");
  const scene = SCENES.find((each) => each.number === Number(sceneNumber));
  const part = scene?.parts[Number(partIndex)];
  if (part === undefined) throw new RangeError(`no part ${partIndex} in scene ${sceneNumber}`);
  const stage = new Stage(directory);
  try {
    return await part.play[library as LibraryName](stage);
  } catch (error) {
    stage.fail(error);
    return 1;
  }
}
