/* Reads and writes that do not wait: on the environment's thread, which must not. */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* How a descriptor is kept from waiting. The numbers are those of `src/kernel/readiness.ts`. */
enum means {
  MEANS_FLAG = 1,   /* Its open file has O_NONBLOCK, and is nobody else's. */
  MEANS_SOCKET = 2, /* MSG_DONTWAIT. */
  MEANS_CALL = 3,   /* RWF_NOWAIT, which not every kind of file has. */
};

struct transfer {
  int fd;
  bool is_write;
  uint32_t means;
  struct iovec *parts;
  int count;
  int64_t position; /* -1 for none. */
};

static ssize_t move(const struct transfer *it) {
  int fd = it->fd;
  if (it->means == MEANS_SOCKET) {
    struct msghdr message = {.msg_iov = it->parts, .msg_iovlen = (size_t)it->count};
    return it->is_write ? sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL)
                        : recvmsg(fd, &message, MSG_DONTWAIT);
  }
  int flags = it->means == MEANS_CALL ? RWF_NOWAIT : 0;
  if (flags == 0 && it->position < 0) {
    return it->is_write ? writev(fd, it->parts, it->count) : readv(fd, it->parts, it->count);
  }
  return it->is_write ? pwritev2(fd, it->parts, it->count, it->position, flags)
                      : preadv2(fd, it->parts, it->count, it->position, flags);
}

/* A pipe without a reader sends a signal, which a program might listen to. It is for this thread:
 * so it can be kept waiting, and then taken. */
static ssize_t move_quietly(const struct transfer *it) {
  if (!it->is_write || it->means == MEANS_SOCKET) return move(it);
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ssize_t result = move(it);
  int error = errno;
  const struct timespec now = {0};
  if (result < 0 && error == EPIPE && !sigismember(&before, SIGPIPE)) {
    (void)sigtimedwait(&pipe, NULL, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return result;
}

/* A FIFO that nobody has open for writing reads as if it were at its end, though nobody may have
 * come yet. Only the end of a writer hangs it up. `fd` is the one that has been there all along. */
static bool is_at_end(int fd, bool *has_more) {
  struct pollfd polled = {.fd = fd, .events = POLLIN};
  int mode = descriptor_mode(fd);
  *has_more = false;
  if (mode < 0 || !S_ISFIFO(mode)) return true;
  if (poll(&polled, 1, 0) < 0) return true;
  *has_more = (polled.revents & POLLIN) != 0;
  return (polled.revents & POLLHUP) != 0;
}

static size_t bytes_of(const struct transfer *it) {
  size_t sum = 0;
  for (int i = 0; i < it->count; i++) sum += it->parts[i].iov_len;
  return sum;
}

/* A writer that has come, written and gone since the read leaves bytes: then once more. */
static int64_t perform(const struct transfer *it, int fd) {
  for (;;) {
    ssize_t result = move_quietly(it);
    if (result < 0 && errno == EINTR) continue;
    if (result != 0 || it->is_write) return result < 0 ? -errno : result;
    bool has_more = false;
    bool is_over = bytes_of(it) == 0 || is_at_end(fd, &has_more);
    if (!has_more) return is_over ? 0 : -EAGAIN;
  }
}

/* attempt(fd, own, isWrite, means, address, count, position) → bytes, or a negative errno: EAGAIN
 * if it would wait. `own` is the descriptor that is used, most times the same. A count of 0 or more
 * is bytes at the address; of less, as many parts, each a struct iovec there.
 * Thread: the environment's. Memory: read or written during the call only. At exit: nothing. */
napi_value attempt(napi_env env, napi_callback_info info) {
  ARGUMENTS(7);
  INT32(fd, 0);
  INT32(own, 1);
  BOOL(is_write, 2);
  UINT32(means, 3);
  double where = 0, count = 0, position = 0;
  CHECK(napi_get_value_double(env, arguments[4], &where));
  CHECK(napi_get_value_double(env, arguments[5], &count));
  CHECK(napi_get_value_double(env, arguments[6], &position));
  REQUIRE(means >= MEANS_FLAG && means <= MEANS_CALL);
  void *memory = (void *)(uintptr_t)where;
  struct iovec part = {.iov_base = memory, .iov_len = count < 0 ? 0 : (size_t)count};
  const struct transfer transfer = {
      .fd = own,
      .is_write = is_write,
      .means = means,
      .parts = count < 0 ? memory : &part,
      .count = count < 0 ? (int)-count : 1,
      .position = (int64_t)position,
  };
  (void)state;
  napi_value result;
  CHECK(napi_create_int64(env, perform(&transfer, fd), &result));
  return result;
}
