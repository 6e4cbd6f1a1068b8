// A process that is killed while it has a switch set: `switch-child PATH`.

import { Switch } from "../support/switch.ts";

const [, , path = ""] = process.argv;
new Switch(path).set("2");
process.stdout.write("set");
process.stdin.resume();
