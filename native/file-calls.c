/* Calls on files for where there is no ring: what a ring has opcodes for. Opening never waits for a
 * peer. Each returns a value of 0 or more, or -1 with errno. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

static void *address(int64_t word) { return (void *)(uintptr_t)word; }

/* What has no position. SEEK_CUR with 0 moves nothing and asks no server. */
static bool is_stream(int fd) { return lseek(fd, 0, SEEK_CUR) < 0 && errno == ESPIPE; }

/* The result of an open: the descriptor, and what is known of it. What may wait keeps O_NONBLOCK,
 * for its open file is ours alone; all else gets back what its opener asked for. */
static int64_t opened(int fd, int flags, int64_t byte_count) {
  int64_t result = OPENED | byte_count << OPENED_COUNT_SHIFT | fd;
  int is_nonblocking = flags & O_NONBLOCK;
  if (is_stream(fd)) result |= OPENED_STREAM;
  if (descriptor_can_wait(fd)) {
    result |= OPENED_WAITS;
  } else if (!is_nonblocking) {
    /* Only a descriptor that is none refuses this. */
    (void)ioctl(fd, FIONBIO, &is_nonblocking);
  }
  return result;
}

/* Who would wait for a FIFO's reader is told to come again (EAGAIN), as of a lease; a device
 * without a driver stays what it is (ENXIO). */
static int64_t open_at(int at, const char *path, int flags, mode_t mode) {
  int fd = openat(at, path, flags | O_NONBLOCK, mode);
  if (fd >= 0) return opened(fd, flags, 0);
  struct stat status;
  if (errno != ENXIO || (flags & O_NONBLOCK) != 0) return -1;
  bool is_fifo = fstatat(at, path, &status, 0) == 0 && S_ISFIFO(status.st_mode);
  errno = is_fifo ? EAGAIN : ENXIO;
  return -1;
}

static int64_t close_with(int fd, int error) {
  close(fd);
  errno = error;
  return -1;
}

/* A file of fewer bytes than there is room for is read to its end, and closed: then the result is
 * how many. Anything else stays open, with what was read. */
static int64_t read_file(const int64_t *words) {
  char *bytes = address(words[1]);
  size_t room = (size_t)words[2], count = 0;
  int fd = open(address(words[0]), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -1;
  while (count < room && !is_stream(fd)) {
    ssize_t more = pread(fd, bytes + count, room - count, (off_t)count);
    if (more < 0 && errno != EAGAIN) return close_with(fd, errno);
    if (more < 0) break;
    if (more == 0) return close(fd) == 0 || errno == EINTR ? (int64_t)count : -1;
    count += (size_t)more;
  }
  return opened(fd, O_RDONLY, (int64_t)count);
}

/* After EINTR the descriptor is gone all the same. */
static int64_t close_descriptor(int fd) { return close(fd) == 0 || errno == EINTR ? 0 : -1; }

/* Without a position, where the open file is, as an append does. */
static int64_t transfer(enum call_kind kind, const int64_t *words) {
  int fd = (int)words[0];
  void *memory = address(words[1]);
  size_t count = (size_t)words[2];
  off_t position = words[3];
  bool has_position = position >= 0;
  switch (kind) {
    case CALL_READ_AT:
      return has_position ? pread(fd, memory, count, position) : read(fd, memory, count);
    case CALL_WRITE_AT:
      return has_position ? pwrite(fd, memory, count, position) : write(fd, memory, count);
    case CALL_READ_PARTS:
      return has_position ? preadv(fd, memory, (int)count, position)
                          : readv(fd, memory, (int)count);
    default:
      return has_position ? pwritev(fd, memory, (int)count, position)
                          : writev(fd, memory, (int)count);
  }
}

static struct statx_timestamp timestamp(struct timespec time) {
  return (struct statx_timestamp){.tv_sec = time.tv_sec, .tv_nsec = (uint32_t)time.tv_nsec};
}

/* Filters of containers that are older than statx refuse it. What went before it does not tell when
 * a file was made. */
static int64_t describe(int at, const char *path, int flags, unsigned mask, struct statx *answer) {
  if (statx(at, path, flags, mask, answer) == 0) return 0;
  struct stat status;
  if (errno != EPERM && errno != ENOSYS) return -1;
  if (fstatat(at, path, &status, flags) != 0) return -1;
  *answer = (struct statx){
      .stx_blksize = (uint32_t)status.st_blksize,
      .stx_nlink = (uint32_t)status.st_nlink,
      .stx_uid = status.st_uid,
      .stx_gid = status.st_gid,
      .stx_mode = (uint16_t)status.st_mode,
      .stx_ino = status.st_ino,
      .stx_size = (uint64_t)status.st_size,
      .stx_blocks = (uint64_t)status.st_blocks,
      .stx_atime = timestamp(status.st_atim),
      .stx_ctime = timestamp(status.st_ctim),
      .stx_mtime = timestamp(status.st_mtim),
      .stx_rdev_major = major(status.st_rdev),
      .stx_rdev_minor = minor(status.st_rdev),
      .stx_dev_major = major(status.st_dev),
      .stx_dev_minor = minor(status.st_dev),
  };
  return 0;
}

/* Thread: one of the pool's. Memory: what the words point to is the call's until it returns. */
int64_t file_call_perform(enum call_kind kind, const int64_t *words) {
  switch (kind) {
    case CALL_OPEN:
      return open_at((int)words[0], address(words[1]), (int)words[2], (mode_t)words[3]);
    case CALL_CLOSE:
      return close_descriptor((int)words[0]);
    case CALL_READ_AT:
    case CALL_WRITE_AT:
    case CALL_READ_PARTS:
    case CALL_WRITE_PARTS:
      return transfer(kind, words);
    case CALL_SYNC:
      return words[1] ? fdatasync((int)words[0]) : fsync((int)words[0]);
    case CALL_STAT:
      return describe((int)words[0], address(words[1]), (int)words[2], (unsigned)words[3],
                      address(words[4]));
    case CALL_TRUNCATE:
      return ftruncate((int)words[0], words[1]);
    case CALL_ALLOCATE:
      return fallocate((int)words[0], (int)words[3], words[1], words[2]);
    case CALL_RENAME:
      return rename(address(words[0]), address(words[1]));
    case CALL_LINK:
      return linkat(AT_FDCWD, address(words[0]), AT_FDCWD, address(words[1]), 0);
    case CALL_SYMLINK:
      return symlink(address(words[0]), address(words[1]));
    case CALL_UNLINK:
      return unlinkat((int)words[0], address(words[1]), (int)words[2]);
    case CALL_MKDIR:
      return mkdir(address(words[0]), (mode_t)words[1]);
    case CALL_READ_FILE:
      return read_file(words);
    default:
      errno = ENOSYS;
      return -1;
  }
}
