/* Small regular files of one directory, copied into another: some ten system calls for each, made
 * one after the other in one call of a thread. JavaScript decides which names; whatever is not
 * simply a small file is refused, and JavaScript copies it by other means. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STAT_BLOCK_BYTES = 512 };

struct batch {
  int from, to; /* The directories. */
  char *room;
  size_t room_length;
  bool keeps; /* Owner, mode and times. */
};

/* Anything but a regular file without holes that there is room for. */
static bool is_simple(const struct batch *batch, const struct stat *status) {
  return S_ISREG(status->st_mode) && (uint64_t)status->st_size <= batch->room_length &&
         status->st_blocks * STAT_BLOCK_BYTES >= status->st_size;
}

/* All of the file in one read, so that it is as it was at one moment. */
static bool read_whole(const struct batch *batch, int from, const struct stat *status) {
  ssize_t count = read(from, batch->room, batch->room_length);
  if (count == status->st_size) return true;
  if (count >= 0) errno = EFBIG;
  return false;
}

static bool write_whole(const struct batch *batch, int to, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t count = write(to, batch->room + at, length - at);
    if (count < 0) return false;
    if (count == 0) {
      errno = EIO;
      return false;
    }
    at += (size_t)count;
  }
  return true;
}

/* The owner first, since giving a file away takes bits of its mode; without it, those that mean
 * something else under another owner are left out. */
static bool describe(int to, const struct stat *status) {
  mode_t bits = 07777;
  if (fchown(to, status->st_uid, status->st_gid) != 0) {
    if (errno != EPERM && errno != EINVAL && errno != EOPNOTSUPP) return false;
    bits &= ~(mode_t)(S_ISUID | S_ISGID);
  }
  const struct timespec times[2] = {status->st_atim, status->st_mtim};
  return fchmod(to, status->st_mode & bits) == 0 && futimens(to, times) == 0;
}

/* Only a file that was not there, so that nothing is lost; and if it cannot be whole, none. */
static bool make(const struct batch *batch, const char *name, const struct stat *status) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int to = openat(batch->to, name, flags, batch->keeps ? 0600 : status->st_mode & 0777);
  if (to < 0) return false;
  bool is_whole = write_whole(batch, to, (size_t)status->st_size) &&
                  (!batch->keeps || describe(to, status));
  int error = errno;
  if (close(to) != 0 && is_whole) {
    is_whole = false;
    error = errno;
  }
  if (!is_whole) unlinkat(batch->to, name, 0);
  errno = error;
  return is_whole;
}

/* Returns its bytes, or a negative errno. */
static int64_t copy_file(const struct batch *batch, const char *name) {
  int from = openat(batch->from, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return -errno;
  struct stat status;
  int64_t result = -EFBIG;
  if (fstat(from, &status) != 0) {
    result = -errno;
  } else if (is_simple(batch, &status)) {
    bool is_made = read_whole(batch, from, &status) && make(batch, name, &status);
    result = is_made ? status.st_size : -errno;
  }
  close(from);
  return result;
}

/* Names end with NUL; results are in the order of the names. */
static int64_t copy_names(const struct batch *batch, const char *names, size_t length,
                          int64_t *results) {
  int64_t count = 0;
  for (const char *name = names; name < names + length; name += strlen(name) + 1) {
    results[count++] = copy_file(batch, name);
  }
  return count;
}

/* Thread: one of the pool's. Memory: names, results and room are the call's until it returns. */
int64_t copy_small_files(const int64_t *words) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  struct batch batch = {.room = (char *)(uintptr_t)words[5],
                        .room_length = (size_t)words[6],
                        .keeps = words[7] != 0};
  batch.from = open((const char *)(uintptr_t)words[0], flags | O_NOFOLLOW);
  if (batch.from < 0) return -1;
  batch.to = open((const char *)(uintptr_t)words[1], flags | O_NOFOLLOW);
  int error = errno;
  int64_t count = -1;
  if (batch.to >= 0) {
    const char *names = (const char *)(uintptr_t)words[2];
    count = copy_names(&batch, names, (size_t)words[3], (int64_t *)(uintptr_t)words[4]);
    close(batch.to);
  }
  close(batch.from);
  errno = error;
  return count;
}
