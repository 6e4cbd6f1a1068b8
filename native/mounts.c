/* Which file systems there are. A ring tries an open at once, on the thread that submits it, and
 * trusts the kernel not to wait; but where a server has to agree, as for FUSE and NFS, the open
 * waits for it, with all else that the thread has to do. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 }; /* What does not fit is options; the type comes before them. */

/* Those that open a file without asking anybody. Any other may. */
static const char *const LOCAL[] = {
    "adfs",     "affs",       "autofs",     "bcachefs",   "befs",     "bfs",      "binfmt_misc",
    "bpf",      "btrfs",      "cgroup",     "cgroup2",    "configfs", "cramfs",   "debugfs",
    "devpts",   "devtmpfs",   "ecryptfs",   "efivarfs",   "efs",      "erofs",    "exfat",
    "ext2",     "ext3",       "ext4",       "f2fs",       "fusectl",  "hfs",      "hfsplus",
    "hpfs",     "hugetlbfs",  "iso9660",    "jffs2",      "jfs",      "minix",    "mqueue",
    "msdos",    "nfsd",       "nilfs2",     "nsfs",       "ntfs3",    "omfs",     "overlay",
    "pidfs",    "proc",       "pstore",     "qnx4",       "qnx6",     "ramfs",    "reiserfs",
    "resctrl",  "rootfs",     "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "squashfs",
    "sysfs",    "tmpfs",      "tracefs",    "ubifs",      "udf",      "ufs",      "vfat",
    "xfs",      "zfs",        "zonefs",
};

static bool is_local(const char *type) {
  for (size_t i = 0; i < sizeof LOCAL / sizeof LOCAL[0]; i++) {
    if (strcmp(type, LOCAL[i]) == 0) return true;
  }
  return false;
}

static bool all_are_local(void) {
  FILE *file = setmntent("/proc/self/mounts", "re");
  if (file == NULL) return false;
  struct mntent entry;
  char line[LINE_BYTES];
  bool are_local = true;
  while (are_local && getmntent_r(file, &entry, line, sizeof line) != NULL) {
    are_local = is_local(entry.mnt_type);
  }
  are_local = are_local && feof(file) && !ferror(file); /* Else not all of them were seen. */
  endmntent(file);
  return are_local;
}

/* Whether mounts came or went since this was asked last. True if nobody can tell. */
static bool have_changed(struct state *state) {
  if (state->mounts < 0) {
    state->mounts = descriptor_own(state, open("/proc/self/mounts", O_RDONLY | O_CLOEXEC));
    return true;
  }
  struct pollfd polled = {.fd = state->mounts, .events = POLLPRI};
  return poll(&polled, 1, 0) != 0;
}

/* opensWaitInside() → whether an open by a ring may wait for a server on this thread. Each time it
 * costs a system call; the mounts are read only if they have changed.
 * Thread: the environment's. Memory: none. At exit: its descriptor is closed by the teardown. */
napi_value mounts_opens_wait(napi_env env, napi_callback_info info) {
  NO_ARGUMENTS;
  if (have_changed(state)) state->has_servers = !all_are_local();
  napi_value result;
  CHECK(napi_get_boolean(env, state->has_servers, &result));
  return result;
}
