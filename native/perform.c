/* The system calls that the pool's threads make: a closed list. Each returns a value of 0 or more,
 * or -1 with errno. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void *address(int64_t word) { return (void *)(uintptr_t)word; }

/* By descriptor if there is one, else by path. */
static int64_t change_mode(const int64_t *words) {
  if (words[0] >= 0) return fchmod((int)words[0], (mode_t)words[2]);
  return fchmodat(AT_FDCWD, address(words[1]), (mode_t)words[2], 0);
}

static int64_t change_owner(const int64_t *words) {
  uid_t uid = (uid_t)words[2];
  gid_t gid = (gid_t)words[3];
  if (words[0] >= 0) return fchown((int)words[0], uid, gid);
  return fchownat(AT_FDCWD, address(words[1]), uid, gid, words[4] ? 0 : AT_SYMLINK_NOFOLLOW);
}

static int64_t change_times(const int64_t *words) {
  const struct timespec times[2] = {{.tv_sec = words[2], .tv_nsec = words[3]},
                                    {.tv_sec = words[4], .tv_nsec = words[5]}};
  if (words[0] >= 0) return futimens((int)words[0], times);
  return utimensat(AT_FDCWD, address(words[1]), times, words[6] ? 0 : AT_SYMLINK_NOFOLLOW);
}

static int64_t copy_range(const int64_t *words) {
  off_t from = words[2], to = words[3];
  return copy_file_range((int)words[0], &from, (int)words[1], &to, (size_t)words[4], 0);
}

/* Thread: one of the pool's. Memory: what the words point to is the call's until it returns. */
int64_t call_perform(enum call_kind kind, const int64_t *words) {
  switch (kind) {
    case CALL_READLINK:
      return readlinkat(AT_FDCWD, address(words[0]), address(words[1]), (size_t)words[2]);
    case CALL_LIST:
      return syscall(SYS_getdents64, (int)words[0], address(words[1]), (size_t)words[2]);
    case CALL_CHMOD:
      return change_mode(words);
    case CALL_CHOWN:
      return change_owner(words);
    case CALL_UTIMES:
      return change_times(words);
    case CALL_COPY_RANGE:
      return copy_range(words);
    case CALL_CLONE:
      return ioctl((int)words[1], FICLONE, (int)words[0]);
    case CALL_SEEK:
      return lseek((int)words[0], words[1], words[2] ? SEEK_HOLE : SEEK_DATA);
    case CALL_COPY_FILES:
      return copy_small_files(words);
    /* Both at the position of the open file, which the kernel locks meanwhile. */
    case CALL_READ:
      return readv((int)words[0], address(words[1]), (int)words[2]);
    case CALL_WRITE:
      return writev((int)words[0], address(words[1]), (int)words[2]);
    default:
      return file_call_perform(kind, words);
  }
}
