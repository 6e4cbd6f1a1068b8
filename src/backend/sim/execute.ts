// What each kind of request does, once its turn has come: an answer, or null if it must wait for
// somebody else. Faults that make it fail or fall short are drawn here.

import { errno } from "../../kernel/errno.ts";
import { O_CREAT } from "../../kernel/open-flags.ts";
import type { Request } from "../contract.ts";
import { cloneFile, copyFiles, copyRange, seekFile } from "./copy.ts";
import { describeAnew, listDirectory, readLink } from "./directory.ts";
import { Refusal } from "./disk.ts";
import type { Fault } from "./faults.ts";
import type { SimKernel } from "./kernel.ts";
import { linkNode, makeDirectory, makeLink, removeName, renameNode } from "./names.ts";
import { openPath } from "./open.ts";
import { readSmallFile } from "./small-file.ts";
import { statOf } from "./stat.ts";
import type { Answer, Task } from "./task.ts";
import { allocate, pollFile, readFile, sync, truncate, writeFile } from "./transfer.ts";

const FAILURES: readonly (readonly [fault: Fault, errno: string])[] = [
  ["noSpace", "ENOSPC"],
  ["ioError", "EIO"],
  ["again", "EAGAIN"],
  ["noBuffers", "ENOBUFS"],
];

export function execute(task: Task, kernel: SimKernel): Answer | null {
  const { faults } = kernel;
  if (faults.befalls("interrupted", task)) return { kind: "interrupted" };
  for (const [fault, name] of FAILURES) {
    const needsSpace = fault !== "noSpace" || takesSpace(task.request);
    if (needsSpace && faults.befalls(fault, task)) return { kind: "failed", errno: errno(name) };
  }
  const answer = perform(task, kernel);
  return answer instanceof Refusal ? { kind: "failed", errno: answer.errno } : answer;
}

function takesSpace(request: Request): boolean {
  return request.kind !== "open" || (request.flags & O_CREAT) !== 0;
}

const DONE: Answer = { kind: "done", value: 0 };

function perform(task: Task, kernel: SimKernel): Answer | Refusal | null {
  const { request } = task;
  const { disk } = kernel;
  switch (request.kind) {
    case "nop":
      return DONE;
    case "open":
      return openPath(task, request, kernel);
    case "readFile":
      return readSmallFile(task, request, kernel);
    case "close":
      return kernel.closeDescriptor(task, request.fd);
    case "read":
    case "readv":
      return readFile(task, kernel);
    case "write":
    case "writev":
      return writeFile(task, kernel);
    case "fsync":
    case "fdatasync":
      return sync(task) ?? DONE;
    case "truncate":
      return truncate(task, request.length, disk) ?? DONE;
    case "allocate":
      return allocate(task, request, disk) ?? DONE;
    case "poll":
      return pollFile(task, request.events);
    case "stat":
      return statOf(task, request, disk);
    case "rename":
      return renameNode(request, disk) ?? DONE;
    case "link":
      return linkNode(request, disk) ?? DONE;
    case "symlink":
      return makeLink(request, disk) ?? DONE;
    case "unlink":
      return removeName(task, request, disk) ?? DONE;
    case "mkdir":
      return makeDirectory(request, disk) ?? DONE;
    case "readlink":
      return readLink(request, disk);
    case "list":
      return listDirectory(task, disk);
    case "chmod":
    case "chown":
    case "utimes":
      return describeAnew(task, request, disk) ?? DONE;
    case "copyRange":
      return copyRange(task, request, kernel);
    case "copyFiles":
      return copyFiles(task, request, kernel);
    case "clone":
      return cloneFile(task, disk) ?? DONE;
    case "seek":
      return seekFile(task, request);
  }
}
